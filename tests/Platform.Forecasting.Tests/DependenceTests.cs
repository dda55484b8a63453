using Platform.Forecasting.Sampling;

namespace Platform.Forecasting.Tests;

public sealed class DependenceTests
{
    [Fact]
    public void The_filter_says_what_the_covariance_matrix_does()
    {
        // Two errors with covariance fading^distance + shared + wander * earlier step: the density of a normal pair, its scale taken at its best.
        var dependence = new ErrorDependence(0.5, 0.4, 0.2);
        var (a, b, c) = (1.4, 0.5 + 0.4, 1.6);
        double[] errors = [1.3, -0.7];
        var determinant = a * c - b * b;
        var squares = (c * errors[0] * errors[0] - 2 * b * errors[0] * errors[1] + a * errors[1] * errors[1]) / determinant;

        Assert.Equal((Math.Log(determinant) + 2 * Math.Log(squares / 2 + 1e-9)) / 2, dependence.Misfit([errors]), 1e-9);
        Assert.Equal((1.5 + 1.5 + 2 * 1.0) / 4 / 1.5, new ErrorDependence(0.5, 0.5, 0).VarianceOfMean(2), 1e-12);
    }

    [Theory]
    [InlineData(0, 6, 10)]
    [InlineData(0.06, 1, 4)]
    public void A_level_that_wanders_is_told_from_one_that_does_not(double wander, double least, double most)
    {
        // Errors of ten days are worth ten independent ones where none hangs on another, and few where all share a level.
        var effective = Enumerable.Range(0, 10).Average(seed =>
        {
            var random = new Random(seed);
            var level = 0.0;
            double[] rests = [.. Enumerable.Range(0, 200).Select(_ => (level += Math.Sqrt(wander) * Synthetic.Normal(random)) + Synthetic.Normal(random))];
            return DependenceBelief.Of([], 0, rests).Effective(10);
        });

        Assert.InRange(effective, least, most);
    }

    [Fact]
    public void Each_candidate_is_picked_as_often_as_it_is_believed()
    {
        var random = new Random(5);
        var belief = DependenceBelief.Of([], 0, [.. Enumerable.Range(0, 100).Select(_ => Synthetic.Normal(random))]);
        var picked = Enumerable.Range(0, 4000).Select(i => belief.Pick((i + 0.5) / 4000)).ToArray();

        Assert.Equal(1 / belief.Effective(14), picked.Average(dependence => dependence.VarianceOfMean(14)), 0.003);
    }

    [Fact]
    public void Later_errors_count_more_in_quantiles()
    {
        var quantiles = new WeightedQuantiles([(1, 1), (2, 1), (3, 6)]);

        Assert.Equal((1, 3), (quantiles.At(0), quantiles.At(1)));
        Assert.InRange(quantiles.At(0.5), 2.5, 3);
        Assert.Equal(7, new WeightedQuantiles([(7, 0.3)]).At(0.2));
    }
}
