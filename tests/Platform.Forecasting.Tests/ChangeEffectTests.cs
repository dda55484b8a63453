using Platform.Forecasting.Effects;

namespace Platform.Forecasting.Tests;

/// <summary>Effects of changes on public series, beside what was published of them.</summary>
public sealed class ChangeEffectTests(ITestOutputHelper output)
{
    /// <summary>Car drivers killed or seriously injured in Great Britain by month, 1969 to 1984; belts were compulsory from February 1983 (Harvey and Durbin 1986, J. R. Stat. Soc. A 149:187).</summary>
    private static readonly double[] Drivers =
    [
        1687, 1508, 1507, 1385, 1632, 1511, 1559, 1630, 1579, 1653, 2152, 2148, 1752, 1765, 1717, 1558, 1575, 1520, 1805, 1800, 1719, 2008, 2242, 2478,
        2030, 1655, 1693, 1623, 1805, 1746, 1795, 1926, 1619, 1992, 2233, 2192, 2080, 1768, 1835, 1569, 1976, 1853, 1965, 1689, 1778, 1976, 2397, 2654,
        2097, 1963, 1677, 1941, 2003, 1813, 2012, 1912, 2084, 2080, 2118, 2150, 1608, 1503, 1548, 1382, 1731, 1798, 1779, 1887, 2004, 2077, 2092, 2051,
        1577, 1356, 1652, 1382, 1519, 1421, 1442, 1543, 1656, 1561, 1905, 2199, 1473, 1655, 1407, 1395, 1530, 1309, 1526, 1327, 1627, 1748, 1958, 2274,
        1648, 1401, 1411, 1403, 1394, 1520, 1528, 1643, 1515, 1685, 2000, 2215, 1956, 1462, 1563, 1459, 1446, 1622, 1657, 1638, 1643, 1683, 2050, 2262,
        1813, 1445, 1762, 1461, 1556, 1431, 1427, 1554, 1645, 1653, 2016, 2207, 1665, 1361, 1506, 1360, 1453, 1522, 1460, 1552, 1548, 1827, 1737, 1941,
        1474, 1458, 1542, 1404, 1522, 1385, 1641, 1510, 1681, 1938, 1868, 1726, 1456, 1445, 1456, 1365, 1487, 1558, 1488, 1684, 1594, 1850, 1998, 2079,
        1494, 1057, 1218, 1168, 1236, 1076, 1174, 1139, 1427, 1487, 1483, 1513, 1357, 1165, 1282, 1110, 1297, 1185, 1222, 1284, 1444, 1575, 1737, 1763,
    ];

    private const int BeltsCompulsory = 169;

    [Fact]
    public void The_seat_belt_law_saved_about_as_many_as_was_published()
    {
        var effect = Of(BeltsCompulsory, Drivers.Length);

        // Published: 17.5 percent fewer, between 10.9 and 23.6.
        Assert.True(effect.IsVisible);
        Assert.Equal(23, effect.Steps);
        Assert.Equal(Drivers[BeltsCompulsory..].Sum(), effect.Actual);
        Assert.InRange(effect.Share.P50, -0.205, -0.145);
        Assert.InRange(effect.Share.P10, -0.27, effect.Share.P50);
        Assert.InRange(effect.Share.P90, effect.Share.P50, -0.08);
    }

    [Theory]
    [InlineData(97)]
    [InlineData(121)]
    [InlineData(145)]
    public void Two_years_in_which_no_law_changed_show_no_effect(int from) => Assert.False(Of(from, from + 23).IsVisible);

    [Fact]
    public void Differences_are_what_came_less_what_was_likely()
    {
        var effect = Of(BeltsCompulsory, Drivers.Length);

        Assert.Equal(effect.Actual - effect.Expected.P50, effect.Difference.P50, 1e-6);
        Assert.Equal(effect.Actual - effect.Expected.P90, effect.Difference.P10, 1e-6);
        Assert.Equal(effect.Actual / effect.Expected.P50 - 1, effect.Share.P50, 1e-3);
    }

    private ChangeEffect Of(int from, int to)
    {
        var effect = ChangeEffect.Of(Drivers.AsSpan(0, to), from, new SeriesForecastOptions(1, 1) { Season = 12 });
        output.WriteLine($"from {from}: {effect.Share.P50:P1} ({effect.Share.P10:P1} to {effect.Share.P90:P1})");
        return effect;
    }
}
