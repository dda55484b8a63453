using System.Text.Json;
using Platform.Cli.Reconcile;
using Platform.Contracts;

namespace Platform.Cli.Tests;

/// <summary><c>kt reconcile</c> of an organisation that is not in the currency of its provider's bill.</summary>
public sealed class OtherCurrencyBillTests
{
    private const string Ndjson = "application/x-ndjson";
    private static readonly DateTimeOffset From = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Noon = From.AddHours(12);

    [Theory]
    [InlineData("EUR", "usd", "a", 0)]
    [InlineData("EUR", "usd", "nobody", 1)]
    [InlineData("EUR", "EUR", "a", 1)]
    [InlineData("EUR", null, "a", 1)]
    [InlineData("USD", "usd", "a", 1)]
    public async Task Amounts_of_another_currency_are_not_compared_and_calls_are(string organisation, string? billed, string attempt, int code)
    {
        await using var server = Server(organisation)
            .On("GET /invoice", Row(attempt, "0.000000009", billed is null ? "" : $"\"currency\":\"{billed}\",") + "\n", mediaType: Ndjson);
        using var table = new RunningKt(server.Url);
        using var json = new RunningKt(server.Url);
        string[] command = ["reconcile", "--from", "2026-06-01", "--to", "2026-06-02", "--invoice", $"{server.Url}/invoice"];

        Assert.True(code == await table.RunAsync(command), table.Out + table.Error);
        Assert.Equal(code, await json.RunAsync([.. command, "-o", "json"]));

        var isAnother = organisation != "USD" && billed == "usd";
        using var document = JsonDocument.Parse(json.Out);
        Assert.Equal(isAnother ? "USD" : "", document.RootElement.GetProperty("not_compared_currencies").GetString());
        Assert.Equal(organisation, document.RootElement.GetProperty("currency").GetString());
        Assert.Equal(
            isAnother, table.Out.Contains($"The bill has amounts in USD, the records are in {organisation}: those amounts are compared with nothing", StringComparison.Ordinal));
        Assert.Equal(isAnother ? 0 : 1, document.RootElement.GetProperty("by_team").EnumerateArray().Sum(team => team.GetProperty("bill").GetProperty("rows").GetInt32()));
        if (isAnother && code == 1)
        {
            Assert.Equal("USD", document.RootElement.GetProperty("different").EnumerateArray().Single(row => row.GetProperty("attempt_id").GetString() == "nobody").GetProperty("billed_in").GetString());
        }
    }

    [Fact]
    public void Group_of_another_currency_is_not_compared_and_must_have_calls()
    {
        var book = new AttemptBook(From, From.AddDays(1), From.AddDays(2), "EUR");
        book.AddBill(null, "1234", "m", new Money(9), Noon, "USD");
        book.AddBill(null, "1234", "nobody's", new Money(9), Noon, "USD");
        book.AddMeter("r", "a", "t", "m", "leased", "1234", new Money(7), Noon, Noon);
        book.AddPosting("r", "a", "t", "m", "leased", new Money(7), Noon, Noon);
        book.AddExport("a", "t", "m", "leased", new Money(7), Noon, Noon);

        var reconciliation = Reconciliation.Conclude(book, From, From.AddDays(1), From.AddDays(2), hasBill: true, unpriced: 0);

        Assert.Equal([("m", true), ("nobody's", false)], reconciliation.Groups.Select(group => (group.Key.Model, group.Agrees)));
        Assert.All(reconciliation.Groups, group => Assert.False(group.IsCompared));
        Assert.Equal((0, "USD", ExitCodes.Failed), (reconciliation.Different.Count, Assert.Single(reconciliation.OtherCurrencies), reconciliation.ExitCode));
    }

    [Fact]
    public void Nothing_is_nothing_in_every_currency()
    {
        var book = new AttemptBook(From, From.AddDays(1), From.AddDays(2), "EUR");
        book.AddBill("failed", "1234", "m", Money.Zero, Noon, "USD");

        var reconciliation = Reconciliation.Conclude(book, From, From.AddDays(1), From.AddDays(2), hasBill: true, unpriced: 0);
        Assert.Equal((ExitCodes.Ok, 0), (reconciliation.ExitCode, reconciliation.OtherCurrencies.Count));
    }

    private static ReplayServer Server(string currency) => new ReplayServer()
        .On("GET /v1/whoami", $$"""{"server_time":"2026-06-15T12:00:00Z","currency":"{{currency}}"}""")
        .On("GET /v1/reconciliation/open-holds", "", mediaType: Ndjson)
        .On("GET /v1/reconciliation/usage", Row("a") + "\n", mediaType: Ndjson)
        .On("GET /v1/reconciliation/postings", Row("a") + "\n", mediaType: Ndjson)
        .On("POST /v1/exports/runs", """{"run_id":"r1","state":"completed","files":[{"billing_period":"2026-06"}]}""", 201)
        .On("GET /v1/exports/runs/r1/download", $"[\n{Row("a").Replace("\"model\"", "\"model_served\"", StringComparison.Ordinal)}\n]\n");

    /// <summary>As each of the legs says it, with the fields of all.</summary>
    private static string Row(string attempt, string cost = "0.000000007", string currency = "") =>
        $$"""{"record_id":"{{attempt}}","posting_id":"{{attempt}}","attempt_id":"{{attempt}}","team_id":"t","model":"m","funding":"leased","upstream_key":"1234",{{currency}}"cost":{{cost}},"occurred_at":"2026-06-01T10:00:00Z","recorded_at":"2026-06-01T12:00:00Z"}""";
}
