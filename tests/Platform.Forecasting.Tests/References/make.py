"""Writes statsmodels.json: what another implementation says of exponential smoothing and STL, for ReferenceTests.

Debian's python3-statsmodels (see "source" in the file for the version) is needed; the tests are not, they read the file.
Usage: python3 make.py > statsmodels.json
"""
import json
import math

import numpy
import statsmodels
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.seasonal import STL

WEEK, YEAR = 7, 12
PARAMETERS = {"smoothing_level": 0.35, "smoothing_trend": 0.08, "damping_trend": 0.93, "smoothing_seasonal": 0.2}
START = {"initial_level": 98.0, "initial_trend": 0.9}
SEASONS = {"add": [20.0, 15.0, 10.0, 10.0, 0.0, -25.0, -30.0], "mul": [1.2, 1.15, 1.1, 1.1, 1.0, 0.75, 0.7]}


def noise(t):
    """Whole numbers that look like chance, from -11 to 11."""
    return (t * t * 37 + 11 * t) % 23 - 11


def days():
    return [float(round((100 + 0.8 * t) * SEASONS["mul"][t % WEEK] + 0.8 * noise(t))) for t in range(8 * WEEK)]


def months():
    """As many years as the widest window, since implementations differ in how they round what is wider than the series."""
    return [float(round(200 + 0.3 * t + 40 * math.sin(2 * math.pi * t / YEAR) + 2 * noise(t))) for t in range(15 * YEAR)]


def rounded(values):
    return [round(float(value), 10) for value in values]


def smoothing(values, error, trend, season):
    model = ETSModel(
        numpy.array(values), error=error, trend=None if trend is None else "add", damped_trend=trend == "damped",
        seasonal=season, seasonal_periods=WEEK if season else None)
    given = PARAMETERS | START
    # It counts the states of the season backwards from the first observation's.
    # Of a multiplicative season it divides by the level after the observation where the definition (Hyndman et al. 2008) has the one before: there, the season stays as it is.
    given |= {"smoothing_seasonal": 0.0} if season == "mul" else {}
    given |= {f"initial_seasonal.{i}": state for i, state in enumerate(reversed(SEASONS[season]))} if season else {}
    result = model.smooth(numpy.array([given[name] for name in model.param_names]))
    return {
        "error": error, "trend": trend, "season": season, "logLikelihood": result.llf,
        "ahead": rounded(result.forecast(2 * WEEK)),
    }


def decomposition(values, window):
    """As STL is published, without robustness weights; jumps of a tenth of each window, and the season's next odd number for the low-pass filter, as R has them."""
    trend = math.ceil(1.5 * YEAR / (1 - 1.5 / window)) | 1
    result = STL(
        numpy.array(values), YEAR, seasonal=window, trend=trend, low_pass=YEAR + 1, seasonal_deg=0, trend_deg=1, low_pass_deg=1,
        seasonal_jump=math.ceil(window / 10), trend_jump=math.ceil(trend / 10), low_pass_jump=math.ceil(YEAR / 10)).fit(inner_iter=2, outer_iter=0)
    return {"window": window, "trend": rounded(result.trend), "seasonal": rounded(result.seasonal)}


FIGURES = {
    "source": f"statsmodels {statsmodels.__version__}",
    "days": days(),
    "smoothing": [
        smoothing(days(), error, trend, season)
        for error in ("add", "mul") for trend in (None, "add", "damped") for season in (None, "add", "mul") if (error, season) != ("add", "mul")],
    "months": months(),
    "decompositions": [decomposition(months(), window) for window in (7, 11, 15)],
}
print("{\n" + ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in FIGURES.items()) + "\n}")
