using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Platform.Api.Tests;

/// <summary>Query parameters of every route that the API has, as its own description lists them.</summary>
public sealed partial class ParameterTests(RunningApi api) : IClassFixture<RunningApi>
{
    private static readonly string[] Moments = ["from", "to", "at", "since", "recorded_until", "period", "month"];

    private static readonly string[] Ends =
    [
        "0001-01-01", "9999-12-31", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "1999-12-31", "2200-01-01", "0001", "9999", "9999-12", "9999-Q4", "10000w",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00",
    ];

    [Fact(Timeout = 600_000)]
    public async Task Moments_at_the_ends_of_the_calendar_are_refused_and_never_a_failure()
    {
        var tried = new List<string>();
        foreach (var (method, path, parameters) in await RoutesAsync())
        {
            foreach (var parameter in parameters.Where(Moments.Contains))
            {
                foreach (var query in Ends.SelectMany(end => Queries(parameters, parameter, end)).Where(_ => method == "get"))
                {
                    using var answer = await api.Client.GetAsync($"{path}?{query}", TestContext.Current.CancellationToken);
                    tried.Add($"{(int)answer.StatusCode} {path}?{query}");
                }
            }
        }

        // No service answers here: what passes the API's own checks (a number of a version, a day that Forecast reads) is 503, and never 500.
        Assert.True(tried.Count > 200, $"{tried.Count}");
        Assert.DoesNotContain(tried, line => !line.StartsWith("400 ", StringComparison.Ordinal) && !line.StartsWith("503 ", StringComparison.Ordinal));
        Assert.Contains("400 /v1/spend?from=0001-01-01", tried);
        Assert.Contains("400 /v1/waste?to=9999-12-31", tried);
        Assert.Contains("400 /v1/audit?from=0001-01-01", tried);
        Assert.Contains("400 /v1/usage?from=0001-01-01", tried);
        Assert.Contains("400 /v1/model-pricing?at=0001-01-01", tried);
        Assert.Contains("400 /v1/forecast/controls?since=0001-01-01", tried);
        Assert.Contains("400 /v1/wallets/x/statement?from=2026-06-01&to=9999-12-31", tried);
    }

    [Theory]
    [InlineData("""{"team_id":"a","amount":1,"currency":"USD","ends_at":"9999-12-31","at_end":"return"}""")]
    [InlineData("""{"team_id":"a","amount":1,"currency":"USD","ends_at":"0001-01-01","at_end":"return"}""")]
    [InlineData("""{"team_id":"a","amount":1,"currency":"USD","starts_at":"9999-12-31","recurrence":"monthly"}""")]
    [InlineData("""{"team_id":"a","amount":1,"currency":"USD","starts_at":"0001-01-01","recurrence":"monthly"}""")]
    public async Task Allocation_at_an_end_of_the_calendar_is_refused(string body)
    {
        foreach (var path in new[] { "/v1/wallets/allocations", "/v1/wallets/allocate" })
        {
            using var answer = await api.PostAsync(path, body);

            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    /// <summary>In the words of this face: not the framework's, nor those of a service's fields.</summary>
    [Theory]
    [InlineData("/v1/routes/diff", "from is required.")]
    [InlineData("/v1/wallets/x/transactions?from=2026-11-30&to=2026-11-01", "from must lie before to.")]
    [InlineData("/v1/wallets/x/transactions?from=2026-11-30&to=2026-11-30", "from must lie before to.")]
    [InlineData("/v1/exports/preview", "Say what to export: from and to, window or period.")]
    public async Task What_is_missing_or_in_the_wrong_order_is_named_as_the_route_names_it(string path, string said)
    {
        using var answer = await api.Client.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(said, await DetailAsync(answer));
    }

    [Theory]
    [InlineData("/v1/caps", """{"scope":"team","period":"month","amount":5,"currency":"USD"}""", "scope_id is required.")]
    [InlineData("/v1/exports/runs", """{"s3_bucket":"finops"}""", "Say what to export: from and to, window or period.")]
    public async Task Body_without_whom_or_what_it_is_about_says_which_field_tells_it(string path, string body, string said)
    {
        using var answer = await api.PostAsync(path, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(said, await DetailAsync(answer));
    }

    private static async Task<string?> DetailAsync(HttpResponseMessage answer)
    {
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return problem.RootElement.GetProperty("detail").GetString();
    }

    [Fact(Timeout = 600_000)]
    public async Task Parameter_that_a_route_does_not_read_is_refused_by_every_route()
    {
        var routes = await RoutesAsync();
        Assert.True(routes.Count > 140, $"{routes.Count}");
        foreach (var (method, path, parameters) in routes)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"{path}?bogus=1");
            using var answer = await api.Client.SendAsync(request, TestContext.Current.CancellationToken);
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest && text.Contains("no parameter 'bogus' here", StringComparison.Ordinal), $"{method} {path}: {text}");

            // What the description lists is what is read.
            var listed = text.Contains("takes none", StringComparison.Ordinal) ? [] : Listed().Match(text).Groups[1].Value.Split(", ");
            Assert.Equal(parameters.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        }
    }

    [Fact(Timeout = 600_000)]
    public async Task Parameter_that_is_given_empty_is_refused_by_every_route_that_reads_it()
    {
        foreach (var (method, path, parameters) in await RoutesAsync())
        {
            foreach (var parameter in parameters.Where(parameter => parameter != "page_token"))
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), $"{path}?{parameter}=");
                using var answer = await api.Client.SendAsync(request, TestContext.Current.CancellationToken);
                var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

                Assert.True(answer.StatusCode == HttpStatusCode.BadRequest && text.Contains($"{parameter} is empty", StringComparison.Ordinal), $"{method} {path}?{parameter}=: {text}");
            }
        }
    }

    private static IEnumerable<string> Queries(IReadOnlyList<string> parameters, string parameter, string end)
    {
        yield return $"{parameter}={Uri.EscapeDataString(end)}";
        if (parameter == "to" && parameters.Contains("from"))
        {
            yield return $"from=2026-06-01&to={Uri.EscapeDataString(end)}";
        }

        if (parameters.Contains("time_zone"))
        {
            yield return $"{parameter}={Uri.EscapeDataString(end)}&time_zone=Asia/Tokyo";
        }
    }

    /// <summary>Method, path with every place filled in, and query parameters of all routes below /v1.</summary>
    private async Task<List<(string Method, string Path, IReadOnlyList<string> Parameters)>> RoutesAsync()
    {
        using var document = JsonDocument.Parse(await api.Client.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken));
        return
        [
            .. from path in document.RootElement.GetProperty("paths").EnumerateObject()
               where path.Name.StartsWith("/v1", StringComparison.Ordinal)
               from operation in path.Value.EnumerateObject()
               select (operation.Name, Place().Replace(path.Name, match => match.Value is "{version}" ? "1" : "x"), ParametersOf(operation.Value)),
        ];
    }

    private static IReadOnlyList<string> ParametersOf(JsonElement operation) => operation.TryGetProperty("parameters", out var parameters)
        ? [.. parameters.EnumerateArray().Where(parameter => parameter.GetProperty("in").GetString() == "query").Select(parameter => parameter.GetProperty("name").GetString()!)]
        : [];

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Place();

    [GeneratedRegex(@"Parameters: ([\w, ]+)\.")]
    private static partial Regex Listed();
}
