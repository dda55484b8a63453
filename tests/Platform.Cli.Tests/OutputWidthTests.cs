namespace Platform.Cli.Tests;

public sealed class OutputWidthTests
{
    private const string Run = "01a20b39-5b1c-7d2e-8f30-4a5b6c7d8e9f";
    private const string Key = "finops-artifacts/ai-spend/weekly/2026/06/15/01a20b39-5b1c-7d2e-8f30-4a5b6c7d8e9f/records-of-the-window-00001.ndjson.gz";

    private const string Runs = $$"""
        {"runs":[
        {"run_id":"{{Run}}","state":"completed","from":"2026-06-01T00:00:00Z","to":"2026-06-08T00:00:00Z","rows":1234567,"cost":9123470529.997700001,"bytes":987654321,"s3_bucket":"bucket-of-a-long-name-for-finance","data_key":"{{Key}}"},
        {"run_id":"r2","state":"failed","from":"2026-06-08T00:00:00Z","to":"2026-06-15T00:00:00Z","rows":0,"cost":0.000000000,"bytes":0,"s3_bucket":"b","data_key":""}]}
        """;

    [Fact]
    public async Task Redirected_table_has_each_record_on_one_line_however_long()
    {
        await using var server = new ReplayServer().On("GET /v1/exports/runs", Runs);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("export-jobs", "runs"));
        var row = kt.Out.Split('\n').Single(line => line.Contains(Run + "  ", StringComparison.Ordinal));
        Assert.True(row.Length > 200);
        Assert.Contains("completed", row, StringComparison.Ordinal);
        Assert.Contains("1,234,567", row, StringComparison.Ordinal);
        Assert.Contains("9,123,470,529.997700001", row, StringComparison.Ordinal);
        Assert.Contains("bucket-of-a-long-name-for-finance/" + Key, row, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(80)]
    [InlineData(120)]
    public async Task Table_wider_than_the_terminal_becomes_a_block_a_record_with_nothing_broken_or_left_out(int width)
    {
        await using var server = new ReplayServer().On("GET /v1/exports/runs", Runs);
        using var kt = new RunningKt(server.Url, width: width);

        Assert.Equal(0, await kt.RunAsync("export-jobs", "runs"));
        Assert.Equal(
            $"""

            run:   {Run}
            state: completed
            from:  2026-06-01 00:00:00Z
            to:    2026-06-08 00:00:00Z
            rows:  1,234,567
            cost:  9,123,470,529.997700001
            bytes: 987,654,321
            data:  bucket-of-a-long-name-for-finance/{Key}

            run:   r2
            state: failed
            from:  2026-06-08 00:00:00Z
            to:    2026-06-15 00:00:00Z
            rows:  0
            cost:  0.00
            bytes: 0
            data:  b/

            """,
            kt.Out.ReplaceLineEndings("\n").TrimEnd('\n') + "\n");
    }

    [Fact]
    public async Task Table_that_fits_its_terminal_stays_a_table_and_one_column_less_makes_blocks()
    {
        await using var server = new ReplayServer().On("GET /v1/reviews", """{"reviews":[{"week":"2026-W24","made_at":"2026-06-15T06:00:00Z","spend":12.500000000,"before":11.000000000,"recommendations":3}]}""");
        using var wide = new RunningKt(server.Url, width: 200);
        Assert.Equal(0, await wide.RunAsync("review", "list"));
        var row = wide.Out.Split('\n').Single(line => line.Contains("2026-W24", StringComparison.Ordinal));
        Assert.Contains("12.50", row, StringComparison.Ordinal);

        using var exact = new RunningKt(server.Url, width: row.TrimEnd('\r').Length);
        Assert.Equal(0, await exact.RunAsync("review", "list"));
        Assert.Equal(wide.Out, exact.Out);

        using var narrow = new RunningKt(server.Url, width: row.TrimEnd('\r').Length - 1);
        Assert.Equal(0, await narrow.RunAsync("review", "list"));
        Assert.Contains("week:            2026-W24", narrow.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Record_whose_first_cell_is_empty_takes_it_from_the_record_above()
    {
        using var output = new StringWriter();
        Output.RecordBlocks.Write(output, ["period", "layer", "P50"], [["2026-06", "baseline", "1.00"], ["", "planned", ""], ["total", "", "1.00"]]);
        Assert.Equal(
            ["", "period: 2026-06", "layer:  baseline", "P50:    1.00", "", "period: 2026-06", "layer:  planned", "", "period: total", "P50:    1.00", "", ""],
            output.ToString().ReplaceLineEndings("\n").Split('\n'));
    }

    [Fact]
    public async Task Text_of_several_lines_stays_on_its_records_line()
    {
        await using var server = new ReplayServer().On("GET /v1/routes/versions", """{"versions":[{"version":7,"applied_at":"2026-06-15T12:00:00Z","actor":"key_1","changes":[],"description":"first\nsecond"}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("routes", "history"));
        Assert.Contains("first second", kt.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("export-jobs runs", "GET /v1/exports/runs", """{"runs":[]}""")]
    [InlineData("caps list", "GET /v1/caps?page_size=1000", """{"caps":[]}""")]
    [InlineData("budgets list", "GET /v1/budgets?page_size=1000", """{"budgets":[]}""")]
    [InlineData("audit list", "GET /v1/audit", """{"records":[],"next_page_token":""}""")]
    [InlineData("prices unpriced", "GET /v1/model-pricing/unpriced", """{"usage":[]}""")]
    public async Task List_of_nothing_says_so_and_its_json_does_not(string command, string request, string answer)
    {
        await using var server = new ReplayServer().On(request, answer);
        using var kt = new RunningKt(server.Url, width: 20);

        Assert.Equal(0, await kt.RunAsync(command.Split(' ')));
        Assert.Equal("There is none.", kt.Error.Trim());
        Assert.Equal(0, await kt.RunAsync([.. command.Split(' '), "-o", "json"]));
        Assert.Equal("", kt.Error);
    }
}
