using System.Net;
using System.Text.Json;
using static Platform.ProviderSimulator.Tests.RunningSimulator;

namespace Platform.ProviderSimulator.Tests;

public sealed class OrganizationPagesTests
{
    private const long FirstOfJune = 1_780_272_000;
    private const long Day = 86_400;

    [Fact]
    public async Task Costs_and_usage_add_up_to_the_invoice_by_day_key_and_model()
    {
        await using var simulator = await StartAsync();
        await simulator.ChatJsonAsync(Body(), "X-Sim-Cached-Tokens: 3");
        await simulator.ChatJsonAsync(Body(model: "gpt-4o"));
        simulator.Time.Advance(TimeSpan.FromDays(1));
        await simulator.ChatJsonAsync(Body());
        var invoice = await simulator.InvoiceAsync();

        var costs = await PageAsync(simulator, $"costs?start_time={FirstOfJune}");
        var usage = await PageAsync(simulator, $"usage/completions?start_time={FirstOfJune}&end_time={FirstOfJune + (2 * Day)}");

        Assert.Equal(invoice.Sum(line => decimal.Parse(line.GetProperty("cost").GetString()!, System.Globalization.CultureInfo.InvariantCulture)), Results(costs).Sum(row => row.GetProperty("amount").GetProperty("value").GetDecimal()));
        Assert.Equal(
            ["gpt-4o, input", "gpt-4o, output", "gpt-4o-mini, input", "gpt-4o-mini, cached input", "gpt-4o-mini, output", "gpt-4o-mini, input", "gpt-4o-mini, output"],
            Results(costs).Select(row => row.GetProperty("line_item").GetString()));
        Assert.Equal(invoice.Sum(Tokens), Results(costs).Sum(row => row.GetProperty("quantity").GetInt64()));
        Assert.Equal(invoice.Sum(Tokens), Results(usage).Sum(row => row.GetProperty("input_tokens").GetInt64() + row.GetProperty("output_tokens").GetInt64()));
        Assert.Equal([1L, 1L, 1L], Results(usage).Select(row => row.GetProperty("num_model_requests").GetInt64()));
        Assert.All(Results(usage), row => Assert.Equal("9876", row.GetProperty("api_key_id").GetString()));
        Assert.Equal([2, 3], new[] { costs, usage }.Select(page => page.GetProperty("data").GetArrayLength()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?start_time=yesterday")]
    [InlineData("?start_time=1780272000&end_time=1780271999")]
    [InlineData("?start_time=1")]
    [InlineData("?start_time=99999999999999999")]
    public async Task Range_that_is_none_is_refused(string query)
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.Http.GetAsync("/v1/organization/costs" + query, simulator.Deadline);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    private static async Task<JsonElement> PageAsync(RunningSimulator simulator, string path)
    {
        using var response = await simulator.Http.GetAsync("/v1/organization/" + path, simulator.Deadline);
        return await simulator.JsonAsync(response);
    }

    private static List<JsonElement> Results(JsonElement page) => [.. page.GetProperty("data").EnumerateArray().SelectMany(bucket => bucket.GetProperty("results").EnumerateArray())];

    private static long Tokens(JsonElement line) => line.GetProperty("prompt_tokens").GetInt64() + line.GetProperty("completion_tokens").GetInt64();
}
