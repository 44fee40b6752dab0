# Fits the models that `python -m tests.r FOLDER` wrote, and keeps what R says of each.
# Rscript tests/r/make_fixture.R FOLDER fixture.json
suppressMessages({library(sandwich); library(clubSandwich); library(jsonlite)})
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
models <- fromJSON(file.path(folder, "models.json"))

complete <- function(rows, m) {
  rows <- rows[complete.cases(rows[unlist(m[c("outcome", "treatment", "controls", "weights", "effects", "cluster")])]), ]
  if (!is.null(m$effects)) {
    alone <- names(which(table(rows[[m$effects]]) == 1))
    rows <- rows[!rows[[m$effects]] %in% alone, ]
  }
  rows
}

whole <- function(rows, m) {
  effects <- if (is.null(m$effects)) NULL else sprintf("factor(%s)", m$effects)
  rows$weight <- if (is.null(m$weights)) 1 else rows[[m$weights]]
  lm(reformulate(c(m$treatment, m$controls, effects), m$outcome), data = rows, weights = weight)
}

# Estimate, error and degrees of freedom of the treatment, after Satterthwaite.
satterthwaite <- function(fit, ...) {
  found <- coef_test(fit, vcov = vcovCR(fit, cluster = seq_len(nobs(fit)), type = "CR2", ...), coefs = 2,
                     test = "Satterthwaite")
  list(se = found$SE, df = found$df)
}

at <- function(v) sqrt(v[2, 2])

# Robustness values of Cinelli and Hazlett from classical least squares.
strength <- function(f, limit = 0) {
  if (f <= limit) return(0)
  if (limit > 0 && f > 1 / limit) return((f^2 - limit^2) / (1 + f^2))
  g <- f - limit
  (sqrt(g^4 + 4 * g^2) - g^2) / 2
}
robustness <- function(fit, target, level) {
  found <- summary(fit)$coefficients[2, ]
  df <- fit$df.residual
  f <- abs(found[["Estimate"]] - target) / found[["Std. Error"]] / sqrt(df)
  limit <- if (is.na(level)) 0 else qt(1 - level / 2, df - 1) / sqrt(df - 1)
  strength(f, limit)
}

counties <- function(rows, m) {
  fit <- whole(rows, m)
  # A weight counts as the inverse of a variance; what clubSandwich takes without being told stands beside.
  out <- list(
    classical = list(se = at(vcov(fit)), df = fit$df.residual),
    hc1 = list(se = at(vcovHC(fit, "HC1")), df = fit$df.residual),
    hc2 = list(se = at(vcovHC(fit, "HC2")), df = fit$df.residual),
    hc2_bm = satterthwaite(fit, inverse_var = TRUE),
    hc2_bm_equal = satterthwaite(fit, inverse_var = FALSE),
    hc3 = list(se = at(vcovHC(fit, "HC3")), df = fit$df.residual)
  )
  if (is.null(m$weights)) out$robustness <- list(
    zero = robustness(fit, 0, NA), zero_at_5 = robustness(fit, 0, 0.05),
    seven = robustness(fit, -0.07, NA), seven_at_5 = robustness(fit, -0.07, 0.05)
  )
  list(estimate = coef(fit)[[2]], n = nobs(fit), errors = out)
}

# Constants of the effects taken out by weighted means, so that a cluster determines none of its own.
within <- function(rows, m) {
  columns <- c(m$outcome, m$treatment, m$controls)
  weight <- if (is.null(m$weights)) rep(1, nrow(rows)) else rows[[m$weights]]
  group <- if (is.null(m$effects)) rep(1, nrow(rows)) else rows[[m$effects]]
  for (column in columns) {
    rows[[column]] <- rows[[column]] - (rowsum(rows[[column]] * weight, group) / rowsum(weight, group))[as.character(group), ]
  }
  rows
}

towns <- function(rows, m) {
  fit <- whole(rows, m)
  clusters <- rows[[m$cluster]]
  groups <- length(unique(clusters))
  df <- groups - 1
  # The definition itself, refit by refit, and (with effects) the matrix of clubSandwich on what the effects leave.
  refits <- sapply(unique(clusters), function(one) coef(whole(rows[clusters != one, ], m))[[2]])
  out <- list(cr3 = list(se = sqrt(sum((refits - coef(fit)[[2]])^2)), df = df))
  if (!is.null(m$effects)) {
    inner <- within(rows, m)
    inner$weight <- if (is.null(m$weights)) 1 else rows[[m$weights]]
    short <- lm(reformulate(c(m$treatment, m$controls), m$outcome, intercept = FALSE), data = inner, weights = weight)
    stopifnot(abs(coef(short)[[1]] - coef(fit)[[2]]) < 1e-10)
    v <- vcovCR(short, cluster = clusters, type = "CR3", inverse_var = TRUE)
    out$cr3_clubsandwich <- list(se = sqrt(v[1, 1]), df = df)
  } else {
    out$cr3_clubsandwich <- list(se = at(vcovCR(fit, cluster = clusters, type = "CR3", inverse_var = TRUE)), df = df)
  }
  factor <- groups / (groups - 1) * (nobs(fit) - 1) / fit$df.residual
  out$cr1 <- list(se = at(vcovCL(fit, cluster = clusters, type = "HC0", cadjust = FALSE)) * sqrt(factor), df = df)
  list(estimate = coef(fit)[[2]], n = nobs(fit), clusters = groups, errors = out)
}

# Restricted wild cluster bootstrap with the signs that were handed in, each sample fitted by itself.
wild <- function(rows, m, signs) {
  x <- model.matrix(whole(rows, m))
  y <- rows[[m$outcome]]
  cluster <- match(rows[[m$cluster]], sort(unique(rows[[m$cluster]])))
  null <- qr(x[, -2])
  left <- qr.resid(null, y)
  d <- qr.resid(null, x[, 2])
  t <- function(samples) {
    e <- qr.resid(qr(x), samples)
    estimate <- colSums(d * samples) / sum(d^2)
    estimate / sqrt(colSums(rowsum(d * e, cluster)^2)) * sum(d^2)
  }
  observed <- abs(t(matrix(y)))
  drawn <- abs(t((y - left) + left * signs[cluster, ]))
  list(p = (1 + sum(drawn >= observed)) / (1 + ncol(signs)))
}

signs <- as.matrix(read.csv(file.path(folder, "signs.csv"), header = FALSE))
found <- list()
for (name in names(models)) {
  m <- models[[name]]
  rows <- complete(read.csv(file.path(folder, paste0(name, ".csv"))), m)
  found[[name]] <- if (is.null(m$cluster)) counties(rows, m) else towns(rows, m)
  if (name %in% c("p2", "p3")) found[[name]]$wild <- wild(rows, m, signs)
  message(name)
}
versions <- c(R = paste(R.version$major, R.version$minor, sep = "."),
              sapply(c("sandwich", "clubSandwich"), function(p) as.character(packageVersion(p))))
write(toJSON(list(versions = as.list(versions), models = found), auto_unbox = TRUE, digits = NA, pretty = 1), arguments[2])
