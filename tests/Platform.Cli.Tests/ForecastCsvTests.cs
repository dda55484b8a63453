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

    [Fact]
    public async Task Holidays_of_a_file_are_learnt_and_forecast()
    {
        var start = new DateOnly(2026, 1, 5);
        int[] holidays = [17, 40, 65, 90, 101];
        var rows = Enumerable.Range(0, 100).Select(day => $"a,{start.AddDays(day):yyyy-MM-dd},{(holidays.Contains(day) ? 1 : 20 + day * 13 % 5)}");
        var file = Path.Combine(_folder.FullName, "holidays.txt");
        await File.WriteAllLinesAsync(file, ["# closed", "", .. holidays.Select(day => $"{start.AddDays(day):yyyy-MM-dd} # all day")], TestContext.Current.CancellationToken);
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(0, await kt.RunAsync("forecast", "csv", Write(rows), "--frequency", "D", "--horizon", "3", "--calendar", "month-end", "--holidays", file));
        double[] middle = [.. kt.Out.Split('\n')[1..4].Select(line => double.Parse(line.Split(',')[4], CultureInfo.InvariantCulture))];
        Assert.True(middle[1] < 3 && middle[0] > 15 && middle[2] > 15);
        Assert.Contains("a: Days of holidays: 0.04 times what is usual", kt.Error, StringComparison.Ordinal);
        Assert.Contains("a: Days of month end: no visible effect.", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_holiday_file_is_refused_with_all_its_wrong_lines()
    {
        var file = Path.Combine(_folder.FullName, "holidays.txt");
        await File.WriteAllLinesAsync(file, ["2026-01-01", "1.5.2026", "Easter"], TestContext.Current.CancellationToken);
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(1, await kt.RunAsync("forecast", "csv", Write(["a,2026-01-01,5", "a,2026-01-02,6"]), "--frequency", "D", "--horizon", "2", "--holidays", file));
        Assert.Contains("line 2 '1.5.2026', line 3 'Easter'", kt.Error, StringComparison.Ordinal);
        Assert.Equal(1, await kt.RunAsync("forecast", "csv", Write(["a,1,5", "a,2,6"]), "--frequency", "D", "--horizon", "2", "--calendar", "month-end"));
        Assert.Contains("'a' has counters for ds, and calendar effects need dates.", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_series_too_short_for_a_week_borrows_it_when_asked_to()
    {
        int[] week = [9, 9, 9, 9, 9, 1, 1];
        string[] rows = [.. Enumerable.Range(1, 50).Select(day => $"old,{day},{10 * week[day % 7]}"), .. Enumerable.Range(46, 6).Select(day => $"new,{day},{week[day % 7]}")];
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(0, await kt.RunAsync("forecast", "csv", Write(rows), "--frequency", "D", "--horizon", "7", "--borrow-shape"));
        double[] middle = [.. kt.Out.Split('\n').Where(line => line.StartsWith("new,5", StringComparison.Ordinal)).Select(line => double.Parse(line.Split(',')[4], CultureInfo.InvariantCulture))];
        Assert.Equal(7, middle.Length);
        Assert.All(Enumerable.Range(0, 7), step => Assert.Equal(week[(52 + step) % 7], middle[step], 1.5));
        Assert.Contains("new: The season of 7 observations was taken from 1 sibling series", kt.Error, StringComparison.Ordinal);
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
    [InlineData("--frequency", "D", "--horizon", "2", "--calendar", "moon")]
    [InlineData("--frequency", "M", "--horizon", "2", "--calendar", "month-end")]
    [InlineData("--frequency", "D", "--horizon", "2", "--calendar", "working-days")]
    [InlineData("--frequency", "W", "--horizon", "2", "--holidays", "none.txt")]
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
