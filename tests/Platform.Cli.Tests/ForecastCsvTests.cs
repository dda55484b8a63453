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

    [Fact]
    public async Task Local_midnights_are_the_days_they_are_written_as()
    {
        var start = new DateTime(2026, 1, 1);
        var rows = Enumerable.Range(0, 119).Select(day => start.AddDays(day))
            .Select(day => $"a,{day:yyyy-MM-dd}T00:00:00{(day < new DateTime(2026, 3, 30) ? "+01:00" : "+02:00")},{(day.AddDays(1).Day == 1 ? 100 : 20 + day.DayOfYear * 13 % 5)}");
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(0, await kt.RunAsync("forecast", "csv", Write(rows), "--frequency", "D", "--horizon", "4", "--calendar", "month-end"));
        Assert.Contains("a: Days of month end: 4.", kt.Error, StringComparison.Ordinal);
        Assert.Equal(["2026-04-30", "2026-05-01", "2026-05-02", "2026-05-03", "total"], kt.Out.TrimEnd().Split('\n')[1..].Select(line => line.Split(',')[1]));
        double[] middle = [.. kt.Out.Split('\n')[1..5].Select(line => double.Parse(line.Split(',')[4], CultureInfo.InvariantCulture))];
        Assert.True(middle[0] > 80 && middle[1..].All(value => value < 30));
    }

    [Fact]
    public async Task A_month_without_a_working_day_is_named()
    {
        var rows = Enumerable.Range(0, 30).Select(month => $"a,{new DateOnly(2024, 1, 31).AddMonths(month):yyyy-MM},{100 + month % 5}");
        var file = Path.Combine(_folder.FullName, "holidays.txt");
        await File.WriteAllLinesAsync(file, Enumerable.Range(1, 31).Select(day => $"2026-08-{day:00}"), TestContext.Current.CancellationToken);
        string[] command = ["forecast", "csv", Write(rows), "--frequency", "M", "--calendar", "working-days", "--holidays", file, "--horizon"];
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(0, await kt.RunAsync([.. command, "1"]));
        Assert.Contains("a,2026-07,", kt.Out, StringComparison.Ordinal);
        Assert.Equal(1, await kt.RunAsync([.. command, "2"]));
        Assert.Contains("2026-08 of 'a' has no working day: --holidays names all its Mondays to Fridays.", kt.Error, StringComparison.Ordinal);
        Assert.Empty(kt.Out);
    }

    [Fact]
    public async Task What_is_odd_and_may_be_meant_is_said()
    {
        var start = new DateOnly(2026, 1, 1);
        var rows = Enumerable.Range(0, 40).Select(start.AddDays).Where(day => day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday)).Select(day => $"office,{day:yyyy-MM-dd},10")
            .Append("new,2026-02-06,-3");
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(0, await kt.RunAsync("forecast", "csv", Write(rows), "--frequency", "D", "--horizon", "2", "--season", "7,7,365"));
        Assert.Contains("office: 2 of every 7 steps never have a value (one is 2026-01-03); they are forecast like those beside them and are part of the total.", kt.Error, StringComparison.Ordinal);
        Assert.Contains("1 series end before 2026-02-09, where others of the file do ('new' at 2026-02-06); each is forecast from its own end.", kt.Error, StringComparison.Ordinal);
        Assert.Contains("office: The season of 365 observations was left out: it takes 730 to see it twice, and there are 40.", kt.Error, StringComparison.Ordinal);
        Assert.Contains("new: 1 observation is few", kt.Error, StringComparison.Ordinal);
        Assert.Contains("new: 1 value below zero, at 1, was taken as zero.", kt.Error, StringComparison.Ordinal);
        Assert.Contains("\nnew,2026-02-07,", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Great_amounts_are_written_out()
    {
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(0, await kt.RunAsync("forecast", "csv", Write(Enumerable.Range(1, 20).Select(day => $"a,{day},123456789012")), "--frequency", "D", "--horizon", "10"));
        Assert.Contains("a,21,123456789012,123456789012,123456789012,123456789012\n", kt.Out, StringComparison.Ordinal);
        Assert.Contains("a,total,1234567890120,", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_level_that_is_named_twice_has_its_columns_once()
    {
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(0, await kt.RunAsync("forecast", "csv", Write(["a,1,5", "a,2,6"]), "--frequency", "D", "--horizon", "1", "--levels", "95, 80,95.0,50"));
        Assert.StartsWith("unique_id,ds,mean,p2.5,p10,p25,p50,p75,p90,p97.5\n", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_takes_the_place_of_a_file_when_it_is_whole()
    {
        var output = Path.Combine(_folder.FullName, "forecast.csv");
        await File.WriteAllTextAsync(output, "of yesterday", TestContext.Current.CancellationToken);
        string[] command = ["forecast", "csv", Write(["a,1,5", "a,2,6"]), "--frequency", "D", "--horizon", "2", "--output", output];
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Write(["a,1,5", "a,2,six"]);
        Assert.Equal(1, await kt.RunAsync(command));
        Assert.Equal("of yesterday", await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken));
        Write(["a,1,5", "a,2,6"]);
        Assert.Equal(0, await kt.RunAsync(command));
        Assert.Empty(kt.Out);
        Assert.StartsWith("unique_id,ds,mean,p10,p50,p90\na,3,", await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(["forecast.csv", "series.csv"], _folder.GetFiles().Select(file => file.Name).Order());
    }

    [Fact]
    public async Task Work_that_is_stopped_leaves_the_file_of_before()
    {
        var output = Path.Combine(_folder.FullName, "forecast.csv");
        await File.WriteAllTextAsync(output, "of yesterday", TestContext.Current.CancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var error = new StoppingWriter(stop);
        var environment = new KtEnvironment(TextWriter.Null, error, TimeProvider.System, _ => null, _ => null, null);
        var path = Write(Enumerable.Range(0, 10).SelectMany(series => Enumerable.Range(1, 30).Select(day => $"s{series},{day},{day % 7}")));

        Assert.Equal(1, await Kt.RunAsync(["forecast", "csv", path, "--frequency", "D", "--horizon", "2", "--output", output], environment, stop.Token));
        Assert.Equal("1 of 10 series\nStopped before the end.\n", error.ToString());
        Assert.Equal("of yesterday", await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken));
        Assert.Equal(["forecast.csv", "series.csv"], _folder.GetFiles().Select(file => file.Name).Order());
    }

    [Fact]
    public async Task A_file_that_is_read_is_not_written()
    {
        var path = Write(["a,1,5", "a,2,6"]);
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(2, await kt.RunAsync("forecast", "csv", path, "--frequency", "D", "--horizon", "2", "--output", Path.Combine(_folder.FullName, ".", "series.csv")));
        Assert.Contains("is a file that is read; name another.", kt.Error, StringComparison.Ordinal);
        Assert.Equal("unique_id,ds,y\na,1,5\na,2,6\n", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_said_before_the_work()
    {
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(1, await kt.RunAsync("forecast", "csv", Write(["a,1,5", "a,2,6"]), "--frequency", "D", "--horizon", "2", "--output", Path.Combine(_folder.FullName, "none", "f.csv")));
        Assert.Contains("cannot be written: there is no such folder.", kt.Error, StringComparison.Ordinal);
        Assert.Equal(1, await kt.RunAsync("forecast", "csv", Write(["a,1,5", "a,2,6"]), "--frequency", "D", "--horizon", "2", "--output", _folder.FullName));
        Assert.Contains("it is a folder.", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_file_is_refused_with_its_line_and_writes_nothing()
    {
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(1, await kt.RunAsync("forecast", "csv", Write(["a,2026-01-01,1,234.50"]), "--frequency", "D", "--horizon", "2"));
        Assert.Contains("line 2: there are 4 cells, more than the 3 of the header; write numbers without commas", kt.Error, StringComparison.Ordinal);
        Assert.Empty(kt.Out);
    }

    [Theory]
    [InlineData("--frequency", "Q", "--horizon", "2")]
    [InlineData("--frequency", "D", "--horizon", "0")]
    [InlineData("--frequency", "D", "--horizon", "10001")]
    [InlineData("--frequency", "D", "--horizon", "2.5")]
    [InlineData("--frequency", "D", "--horizon", "2", "--levels", "100")]
    [InlineData("--frequency", "D", "--horizon", "2", "--levels", "0.5")]
    [InlineData("--frequency", "D", "--horizon", "2", "--levels", "80,,95")]
    [InlineData("--frequency", "D", "--horizon", "2", "--levels", "95.00001")]
    [InlineData("--frequency", "D", "--horizon", "2", "--season", "0")]
    [InlineData("--frequency", "D", "--horizon", "2", "--season", "7.5")]
    [InlineData("--frequency", "D", "--horizon", "2", "--output", "")]
    [InlineData("--frequency", "D", "--horizon", "2", "--holidays", "")]
    [InlineData("--frequency", "D", "--horizon", "2", "--calendar", "moon")]
    [InlineData("--frequency", "M", "--horizon", "2", "--calendar", "month-end")]
    [InlineData("--frequency", "D", "--horizon", "2", "--calendar", "working-days")]
    [InlineData("--frequency", "W", "--horizon", "2", "--holidays", "none.txt")]
    public async Task A_wrong_option_is_a_usage_error(params string[] options)
    {
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(2, await kt.RunAsync(["forecast", "csv", Write(["a,1,5", "a,2,6"]), .. options]));
        Assert.Empty(kt.Out);
        Assert.NotEmpty(kt.Error);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_said()
    {
        using var kt = new RunningKt("http://127.0.0.1:1", token: null);

        Assert.Equal(1, await kt.RunAsync("forecast", "csv", Path.Combine(_folder.FullName, "none.csv"), "--frequency", "D", "--horizon", "2"));
        Assert.Contains("There is no file", kt.Error, StringComparison.Ordinal);
    }

    /// <summary>Whoever reads what is said stops the work at the first word.</summary>
    private sealed class StoppingWriter(CancellationTokenSource stop) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            stop.Cancel();
        }
    }

    private string Write(IEnumerable<string> rows)
    {
        var path = Path.Combine(_folder.FullName, "series.csv");
        File.WriteAllLines(path, ["unique_id,ds,y", .. rows]);
        return path;
    }
}
