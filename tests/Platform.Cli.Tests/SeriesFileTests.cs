using System.Globalization;
using Platform.Cli.SeriesFiles;

namespace Platform.Cli.Tests;

/// <summary>What files of series are read as: their steps, how those that follow are written, which days they are, and what is refused.</summary>
public sealed class SeriesFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"kt-series-{Guid.NewGuid():N}.csv");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("D", "2026-01-30|2026-01-31|2026-02-01", "2026-02-02|2026-02-03")]
    [InlineData("D", "2026-02-01|2026-01-30|2026-01-31", "2026-02-02")] // rows in any order
    [InlineData("D", "2026-01-30 00:00:00|2026-01-31 00:00:00", "2026-02-01")]
    [InlineData("D", "2026-01-30 06:00:00|2026-01-31 06:00:00", "2026-02-01 06:00:00")]
    [InlineData("D", "1|2|3", "4|5")]
    [InlineData("D", "-1|0|1", "2")]
    [InlineData("D", "999999999999998|999999999999999", "1000000000000000")]
    [InlineData("H", "101|102|103", "104")]
    [InlineData("W", "2025-12-24|2025-12-31", "2026-01-07")]
    [InlineData("H", "2026-01-31T22:00:00Z|2026-01-31T23:00:00Z", "2026-02-01T00:00:00Z")]
    [InlineData("H", "2026-01-31 22:00:00|2026-01-31 23:00:00", "2026-02-01 00:00:00")] // no zone where none was
    [InlineData("H", "2026-01-31T22:00|2026-01-31T23:00", "2026-02-01T00:00")]
    [InlineData("H", "2026-01-31T23:00:00.000Z|2026-02-01", "2026-02-01T01:00:00Z")] // a date has no form for hours
    [InlineData("H", "2026-01-31 22:00:00+01:00|2026-01-31 23:00:00+01:00", "2026-02-01 00:00:00+01:00")]
    [InlineData("H", "2026-01-31 22:00:00-08|2026-01-31 23:00:00-08", "2026-02-01 00:00:00-08")]
    public void Steps_go_on_as_they_are_written(string frequency, string given, string ahead) => Ahead(frequency, given, ahead);

    [Theory]
    [InlineData("D", "2026-03-28T00:00:00+01:00|2026-03-29T00:00:00+01:00|2026-03-30T00:00:00+02:00", "2026-03-31")] // a day of 23 hours
    [InlineData("D", "2026-10-25T00:00:00+02:00|2026-10-26T00:00:00+01:00", "2026-10-27")] // and one of 25
    [InlineData("W", "2026-03-23T00:00:00+01:00|2026-03-30T00:00:00+02:00", "2026-04-06")]
    [InlineData("H", "2026-03-29T01:00:00+01:00|2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00")] // no hour is missing
    [InlineData("H", "2026-10-25T02:00:00+02:00|2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00")] // none comes twice
    public void Clocks_that_change_neither_add_a_step_nor_take_one(string frequency, string given, string ahead) => Ahead(frequency, given, ahead);

    [Theory]
    [InlineData("2026-01-01|2026-02-01", "2026-03-01")]
    [InlineData("2026-01-31|2026-02-28", "2026-03-31|2026-04-30")]
    [InlineData("2026-04-30|2026-05-31", "2026-06-30|2026-07-31")]
    [InlineData("2026-02-28|2026-03-31", "2026-04-30|2026-05-31")]
    [InlineData("2026-06-30|2026-07-31|2026-08-31", "2026-09-30")]
    [InlineData("2027-11-30|2027-12-31|2028-01-31", "2028-02-29|2028-03-31")]
    [InlineData("2026-09-30", "2026-10-31|2026-11-30")]
    [InlineData("2026-04-30T00:00:00+02:00|2026-05-31T00:00:00+02:00", "2026-06-30")]
    [InlineData("2026-04-30|2026-05-30", "2026-06-30|2026-07-30")] // the thirtieth, not the end
    [InlineData("2026-02-28|2026-03-30", "2026-04-30|2026-05-30")]
    [InlineData("2026-01-30|2026-02-28", "2026-03-30")]
    [InlineData("2026-01-15|2026-02-15", "2026-03-15")]
    [InlineData("2026-11|2026-12", "2027-01|2027-02")]
    public void Months_are_dated_by_one_day_or_by_their_last(string given, string ahead) => Ahead("M", given, ahead);

    [Theory]
    [InlineData("D", "20260130|20260131", "20260201")]
    [InlineData("W", "20251224|20251231", "20260107")]
    [InlineData("M", "20260430|20260531", "20260630")]
    [InlineData("M", "202611|202612", "202701")]
    [InlineData("D", "202611|202612|202613", "202614")] // months are no days: a counter
    [InlineData("D", "20261298|20261299", "20261300")] // no such day: a counter
    public void Numbers_that_all_look_like_dates_are_dates(string frequency, string given, string ahead) => Ahead(frequency, given, ahead);

    [Theory]
    [InlineData("D", "2026-01-31T00:00:00+01:00|2026-02-01T00:00:00+01:00", "2026-01-31|2026-02-01|2026-02-02")]
    [InlineData("D", "2026-01-31T20:00:00-08:00", "2026-01-31|2026-02-01")]
    [InlineData("H", "2026-01-31T23:00:00+01:00|2026-02-01T00:00:00+01:00", "2026-01-31|2026-02-01|2026-02-01")]
    [InlineData("H", "2026-10-24T23:00:00+02:00|2026-10-25T00:00:00+02:00|2026-10-25T01:00:00+02:00|2026-10-25T02:00:00+02:00|2026-10-25T02:00:00+01:00", "2026-10-24|2026-10-25|2026-10-25|2026-10-25|2026-10-25|2026-10-25")]
    [InlineData("H", "2026-10-25T02:00:00+02:00|2026-10-25T02:00:00+01:00|2026-10-25T03:00:00+01:00", "2026-10-25|2026-10-25|2026-10-25|2026-10-25")]
    [InlineData("M", "2026-04-30|2026-05-31", "2026-04-30|2026-05-31|2026-06-30")]
    public void Days_are_those_that_are_written(string frequency, string given, string days)
    {
        var expected = days.Split('|').Select(day => DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture)).ToArray();

        Assert.Equal(expected, Series(frequency, given).Axis.Days(expected.Length));
    }

    [Theory]
    [InlineData("01/02/2026")]
    [InlineData("10:00")]
    [InlineData("2026-1-5")]
    [InlineData("2026-02-30")]
    [InlineData("2026/01/05")]
    [InlineData("5 Jan 2026")]
    [InlineData("2026-01-05T10")]
    [InlineData("2026-01-05 10:00:00 PM")]
    [InlineData("2026-01")] // a month where days are asked for
    [InlineData("2200-01-01")]
    [InlineData("1.0")]
    [InlineData("")]
    [InlineData("1767225600000000000")] // nanoseconds since 1970
    [InlineData("-1000000000000000")]
    public void A_ds_in_another_form_is_refused_and_those_that_are_read_are_named(string time) =>
        Refused("D", $"a,2026-01-01,5|a,{time},6", $"line 3: ds '{time}' is none of the forms that are read: a date (2026-06-01), a time (2026-06-01T13:00:00Z, or with an offset as +02:00)");

    [Theory]
    [InlineData("D", "a,2026-01-01,1,234.50", "line 2: there are 4 cells, more than the 3 of the header")]
    [InlineData("D", "a,1,5|a,2", "line 3: there are 2 cells, fewer than the 3 of the header")]
    [InlineData("D", "a,1,5| ", "line 3: there are 1 cells, fewer")]
    [InlineData("D", "\"a,1,5", "line 2: a quotation mark is not closed on this line; a cell has no line breaks, and a mark within it is written twice")]
    [InlineData("D", "\"a|b\",1,5", "line 2: a quotation mark is not closed on this line; a cell has no line breaks")]
    [InlineData("D", " ,1,5", "line 2: unique_id is blank")]
    [InlineData("D", "a,1,5|b,1,5|a ,2,6", "line 4: unique_id 'a ' and that of line 2 differ by blanks around them only")]
    [InlineData("D", "a,1,5|a,2,x", "line 3: y 'x' is no finite number")]
    [InlineData("D", "a,1,5|a,2,\"1,234.50\"", "line 3: y '1,234.50' is no finite number (1234.5, without separators of thousands)")]
    [InlineData("D", "a,1,5|a,2,Infinity", "line 3: y 'Infinity' is no finite number")]
    [InlineData("D", "a,1,5|a,2,-inf", "line 3: y '-inf' is no finite number")]
    [InlineData("D", "a,1,5|a,2,1e400", "line 3: y '1e400' is no finite number")]
    [InlineData("D", "a,1,5|a,2,-1e101", "line 3: y '-1e101' is beyond 1E+100")]
    [InlineData("D", "a,1,|a,2,NaN", "line 2: every y of 'a' is blank")]
    [InlineData("D", "a,1,5|a,2,6|a,1,7", "line 4: ds '1' of 'a' is on line 2 too")]
    [InlineData("D", "a,2026-01-01,5|a,2026-01-01T00:00:00+01:00,6", "line 3: ds '2026-01-01T00:00:00+01:00' of 'a' is on line 2 too")]
    [InlineData("H", "a,2026-10-25 02:00:00,5|a,2026-10-25 02:00:00,6", "is on line 2 too; times without an offset are UTC, so local hours need theirs")]
    [InlineData("D", "a,2026-01-01,5|a,2,6", "line 3: ds '2' (line 3) is a whole number and '2026-01-01' (line 2) a date")]
    [InlineData("D", "a,2026-01-01,5|a,2026-01-02T07:00:00Z,6", "line 3: ds '2026-01-02T07:00:00Z' is no whole number of daily steps after the series' first, 2026-01-01")]
    [InlineData("W", "a,2026-01-05,5|a,2026-01-13,6", "line 3: ds '2026-01-13' is no whole number of weekly steps")]
    [InlineData("M", "a,2026-04-30,5|a,2026-05-31,6|a,2026-06-15,7", "line 4: ds '2026-06-15' is no whole number of monthly steps")]
    [InlineData("M", "a,2026-01-15,5|a,2026-02-20,6", "line 3: ds '2026-02-20' is no whole number of monthly steps")]
    [InlineData("D", "a,20260228,5|a,20260229,6", "line 3: ds '20260229' is no date, and those of the other rows are dates")]
    [InlineData("W", "a,202601,5|a,202602,6", "line 2: ds '202601' looks like a year and a week")]
    [InlineData("D", "a,1,5|a,9000000000,5", "spans 9000000000 steps, more than 1000000; counters go up by one an observation")]
    public void A_row_that_cannot_be_meant_so_is_refused_with_its_line(string frequency, string rows, string message) => Refused(frequency, rows, message);

    [Theory]
    [InlineData("H", "a,1767225600,5|a,1767229200,6|a,1767232800,7", "line 2: the counters of 'a' are multiples of 3600 apart")]
    [InlineData("D", "a,7,5|a,14,5|a,28,5", "line 2: the counters of 'a' are multiples of 7 apart")]
    [InlineData("W", "a,2026-01-05,5|a,2026-01-19,5|a,2026-02-02,5", "line 2: the rows of 'a' are multiples of 2 weekly steps apart")]
    [InlineData("H", "a,20260101,5|a,20260102,5|a,20260103,5", "line 2: the rows of 'a' are multiples of 24 hourly steps apart")]
    [InlineData("D", "b,1,1|a,2026-01-01,5|a,2026-01-02,5|a,2026-01-12,5", "line 3: 'a' has values at 3 of 12 daily steps; at least half are needed")]
    [InlineData("D", "a,1,5|a,2,|a,3,", "line 2: 'a' has values at 1 of 3 daily steps")]
    [InlineData("D", "a,1,5|a,4,5|a,5,", "line 2: 'a' has values at 2 of 5 daily steps")]
    public void A_series_of_which_most_would_be_made_up_is_refused(string frequency, string rows, string message) => Refused(frequency, rows, message);

    [Fact]
    public void Half_of_the_steps_may_be_missing()
    {
        Assert.Equal([5, double.NaN, double.NaN, 6], Read("D", "a,1,5|a,4,6").Single().Values);
        Assert.Equal([5, 6, double.NaN], Read("D", "a,1,5|a,2,6|a,3,NA").Single().Values);
    }

    [Theory]
    [InlineData("unique_id;ds;y", "line 1: the header must name the columns unique_id, ds and y, with commas between; there is no 'unique_id' in 'unique_id;ds;y'")]
    [InlineData("unique_id,date,y", "there is no 'ds' in 'unique_id,date,y'")]
    [InlineData("unique_id,ds,Y", "there is no 'y' in 'unique_id,ds,Y'")]
    [InlineData("unique_id,ds,y,ds", "line 1: the header names 'ds' twice")]
    public void A_header_that_does_not_say_which_column_is_which_is_refused(string header, string message)
    {
        File.WriteAllLines(_path, [header, "a,1,5,2"]);

        Assert.Contains(message, Refused("D"), StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_stand_in_any_order_with_others_between()
    {
        File.WriteAllText(_path, "\uFEFF,y , ds,note,unique_id\r\n0, 5 , 2026-01-01 ,\"one, two\",a\r\n\r\n1,6,2026-01-02,,a\r\n");

        var series = Assert.Single(SeriesFileReader.Read(_path, Frequency.Daily));
        Assert.Equal(("a", "2026-01-03"), (series.Id, series.Axis.Ahead(0)));
        Assert.Equal([5, 6], series.Values);
    }

    [Theory]
    [InlineData("", "is empty; it needs the header unique_id,ds,y")]
    [InlineData("unique_id,ds,y\n\n", "has no rows below its header")]
    public void A_file_without_rows_is_refused(string text, string message)
    {
        File.WriteAllText(_path, text);

        Assert.Contains(message, Refused("D"), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        File.WriteAllBytes(_path, [.. "unique_id,ds,y\ncaf"u8, 0xE9, .. ",1,5\n"u8]);

        Assert.Contains("is not text in UTF-8: line 2, byte 4 is 0xE9.", Refused("D"), StringComparison.Ordinal);
    }

    [Fact]
    public void Siblings_end_where_the_series_does_however_their_dates_are_written()
    {
        var all = Read("D", "a,2026-03-28T00:00:00+01:00,1|a,2026-03-29T00:00:00+01:00,2|b,2026-03-29,3|b,2026-03-30,4|c,2026-03-27,5|c,2026-03-28,6|d,1,7|d,2,8");

        Assert.Equal([[3], [5, 6, double.NaN]], Siblings.Of(all[0], all));
    }

    private void Ahead(string frequency, string given, string ahead)
    {
        var series = Series(frequency, given);
        var expected = ahead.Split('|');

        Assert.Equal(given.Split('|').Length, series.Values.Length);
        Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(series.Axis.Ahead));
    }

    private FileSeries Series(string frequency, string given) => Assert.Single(Read(frequency, string.Join('|', given.Split('|').Select(time => $"a,{time},5"))));

    private void Refused(string frequency, string rows, string message)
    {
        Write(rows);

        Assert.Contains(message, Refused(frequency), StringComparison.Ordinal);
    }

    private string Refused(string frequency)
    {
        var error = Assert.Throws<KtError>(() => SeriesFileReader.Read(_path, FrequencyExtensions.Parse(frequency)!.Value));
        Assert.Equal(ExitCodes.Failed, error.ExitCode);
        return error.Message;
    }

    private IReadOnlyList<FileSeries> Read(string frequency, string rows)
    {
        Write(rows);
        return SeriesFileReader.Read(_path, FrequencyExtensions.Parse(frequency)!.Value);
    }

    private void Write(string rows) => File.WriteAllLines(_path, ["unique_id,ds,y", .. rows.Split('|')]);
}
