"""The headline regressions once more, in R: what it says is kept in ``fixture.json``.

R is needed only to make the fixture again, after data or declared designs have changed::

    apt-get install r-base-core r-cran-sandwich r-cran-clubsandwich r-cran-jsonlite
    .venv/bin/python -m tests.r /tmp/frames && Rscript tests/r/make_fixture.R /tmp/frames tests/r/fixture.json
"""
