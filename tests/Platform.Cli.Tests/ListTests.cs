namespace Platform.Cli.Tests;

/// <summary>What lists have in common: that there is nothing, and in which currency money is.</summary>
public sealed class ListTests
{
    private const string ImportCounts = """{"rows":2,"accepted":1,"unmapped":0,"unmapped_refused":0,"refused":0,"cost":12.5}""";

    [Theory]
    [InlineData("periods list", "GET /v1/periods", """{"periods":[{"period":"2026-06","state":"open","time_zone":"UTC","currency":"EUR","cost":12.5,"calls":1,"late_cost":0.25,"unpriced_records":0}]}""", "booked EUR|of it late EUR")]
    [InlineData("periods close 2026-05 --dry-run", "GET /v1/periods", """{"periods":[{"period":"2026-05","state":"ended","time_zone":"UTC","currency":"EUR","cost":12.5,"calls":1,"late_cost":0.25,"unpriced_records":0}]}""", "booked EUR|of it late EUR")]
    [InlineData("imports list", "GET /v1/imports", $$"""{"imports":[{"import_id":"i","state":"finished","counts":{{ImportCounts}},"currency":"EUR"}],"next_page_token":""}""", "cost EUR")]
    // One that failed before it read anything has none.
    [InlineData("export-jobs runs", "GET /v1/exports/runs", """{"runs":[{"run_id":"r0","state":"failed","currency":"","cost":0,"files":[]},{"run_id":"r1","state":"completed","currency":"EUR","cost":12.5,"files":[]}],"next_page_token":""}""", "cost EUR")]
    [InlineData("periods list", "GET /v1/periods", """{"periods":[]}""", "booked")]
    public async Task Columns_of_money_name_its_currency(string command, string request, string answer, string names)
    {
        await using var server = new ReplayServer().On(request, answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(command.Split(' ')));
        var heading = kt.Out.Split('\n').First(line => line.Contains(names.Split('|')[0], StringComparison.Ordinal)).Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.All(names.Split('|'), name => Assert.Contains(name, heading));
    }
}
