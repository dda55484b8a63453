using System.Globalization;

namespace Platform.Cli.Tests;

public sealed class ForecastCsvTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kt-series-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Every_series_gets_its_steps_and_a_total()
    {
        var rows = Enumerable.Range(1, 40).SelectMany(day => new[] { $"a,{day},{10 + day % 7}", $"\"b, or not\",{day},{5}" });
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(0, await kt.RunAsync("forecast", "csv", Write(rows), "--frequency", "d", "--horizon", "3", "--levels", "95"));
        var lines = kt.Out.TrimEnd().Split('\n');
        Assert.Equal("unique_id,ds,mean,p2.5,p10,p50,p90,p97.5", lines[0]);
        Assert.Equal(["a,41", "a,42", "a,43", "a,total"], lines[1..5].Select(line => string.Join(',', line.Split(',')[..2])));
        Assert.StartsWith("\"b, or not\",41,5,5,", lines[5], StringComparison.Ordinal);
        var total = lines[4].Split(',')[2..].Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(total[1..].Order(), total[1..]);
        Assert.Equal(lines[1..4].Sum(line => double.Parse(line.Split(',')[2], CultureInfo.InvariantCulture)), total[0], 1e-6);
    }

    [Fact]
    public async Task Dates_go_on_in_any_order_of_rows_and_a_missing_day_is_said()
    {
        var rows = Enumerable.Range(0, 40).Where(day => day != 12).Reverse()
            .Select(day => $"a,{new DateOnly(2026, 1, 1).AddDays(day):yyyy-MM-dd},{(day == 20 ? "" : "7")}");
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(0, await kt.RunAsync("forecast", "csv", Write(rows), "--frequency", "D", "--horizon", "2"));
        Assert.Contains("a,2026-02-10,7,7,7,7", kt.Out, StringComparison.Ordinal);
        Assert.Contains("a: 2 missing values, the first at 13, were filled.", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_file_gives_the_same_bytes_whatever_the_order_of_series()
    {
        string[] first = [.. Enumerable.Range(1, 30).Select(day => $"a,{day},{day * day % 11}")];
        string[] second = [.. Enumerable.Range(1, 30).Select(day => $"b,{day},{day * 7 % 13}")];
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(0, await kt.RunAsync("forecast", "csv", Write([.. first, .. second]), "--frequency", "D", "--horizon", "4"));
        var one = kt.Out.Split('\n').Order().ToArray();
        Assert.Equal(0, await kt.RunAsync("forecast", "csv", Write([.. second, .. first]), "--frequency", "D", "--horizon", "4"));
        Assert.Equal(one, kt.Out.Split('\n').Order());
    }

    [Theory]
    [InlineData("a,1,5|a,2,x", "line 3: y 'x' is no finite number")]
    [InlineData("a,1,5|a,2,Infinity", "line 3: y 'Infinity' is no finite number")]
    [InlineData("a,1,5|a,2,6|a,1,7", "line 4: ds '1' of 'a' is on line 2 too")]
    [InlineData("a,1,5|a,2", "line 3: there are 2 cells")]
    [InlineData("a,2026-01-01,5|a,2026-01-02T07:00:00Z,6", "line 3: ds '2026-01-02T07:00:00Z' is no whole number of daily steps")]
    [InlineData("a,2026-01-01,5|a,soon,6", "line 3: ds 'soon' is no date")]
    [InlineData("a,1,|a,2,", "line 2: every y of 'a' is blank")]
    [InlineData("\"a,1,5", "line 2: a quotation mark is never closed")]
    [InlineData("a,1,5|a,9000000000,5", "spans 9000000000 steps")]
    public async Task A_wrong_file_is_refused_with_its_line_and_writes_nothing(string rows, string message)
    {
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(1, await kt.RunAsync("forecast", "csv", Write(rows.Split('|')), "--frequency", "D", "--horizon", "2"));
        Assert.Contains(message, kt.Error, StringComparison.Ordinal);
        Assert.Empty(kt.Out);
    }

    [Theory]
    [InlineData("--frequency", "Q", "--horizon", "2")]
    [InlineData("--frequency", "D", "--horizon", "0")]
    [InlineData("--frequency", "D", "--horizon", "2", "--levels", "100")]
    [InlineData("--frequency", "D", "--horizon", "2", "--season", "7.5")]
    public async Task A_wrong_option_is_a_usage_error(params string[] options)
    {
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(2, await kt.RunAsync(["forecast", "csv", Write(["a,1,5", "a,2,6"]), .. options]));
        Assert.Empty(kt.Out);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_said()
    {
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(1, await kt.RunAsync("forecast", "csv", Path.Combine(_folder.FullName, "none.csv"), "--frequency", "D", "--horizon", "2"));
        Assert.Contains("There is no file", kt.Error, StringComparison.Ordinal);
    }

    private string Write(IEnumerable<string> rows)
    {
        var path = Path.Combine(_folder.FullName, "series.csv");
        File.WriteAllLines(path, ["unique_id,ds,y", .. rows]);
        return path;
    }
}
