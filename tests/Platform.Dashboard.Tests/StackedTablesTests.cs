using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Dashboard.Figures;
using Platform.Dashboard.Overview;

namespace Platform.Dashboard.Tests;

/// <summary>On a phone a table's headings are away and each cell says its own: it has to be that of its column.</summary>
public sealed partial class StackedTablesTests
{
    [Fact]
    public Task A_wallets_cells_say_the_headings_of_their_columns() =>
        AssertLabelledAsync<WalletTable>(("Wallets", Wallets.Of(Wallets.Organisation(), Wallets.Team("team_a", "Search"))));

    [Fact]
    public Task A_forecasts_cells_say_the_headings_of_their_columns() =>
        AssertLabelledAsync<ForecastTable>(("Forecast", new ForecastFigures(new Dictionary<string, ForecastLine>
        {
            [""] = new("", true, "", "USD", new Money(1), new Money(2), new Money(3), null, Rendered<ForecastTable>.Now, "mean", 90, default, []),
        })));

    [Fact]
    public Task A_budgets_cells_say_the_headings_of_their_columns() =>
        AssertLabelledAsync<BudgetTable>(("Budgets", new BudgetFigures(
        [
            new("1", "1", "", [], new Money(2), new Money(1), null, "", "USD", BudgetStatus.Healthy, Rendered<BudgetTable>.Now, TimeZoneInfo.Utc, null, CapState.None, ""),
        ])));

    [Fact]
    public Task Refusals_cells_say_the_headings_of_their_columns() =>
        AssertLabelledAsync<DeniedTable>(("Denied", new DeniedFigures("USD", [new("team_a", Reasons.CapReached, 3, new Money(1))])));

    private static async Task AssertLabelledAsync<T>(params (string Name, object? Value)[] figures)
        where T : IComponent
    {
        await using var table = new Rendered<T>();
        var html = await table.ShowAsync(figures);
        Assert.Contains("<table class=\"stacked\">", html, StringComparison.Ordinal);
        var headings = Heading().Matches(html).Select(match => Tag().Replace(match.Groups[1].Value, "")).Skip(1).ToList();
        Assert.True(headings.Count > 2, string.Create(CultureInfo.InvariantCulture, $"{headings.Count} headings"));
        var rows = html[html.IndexOf("<tbody", StringComparison.Ordinal)..].Split("</tr>")[..^1];
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Equal(headings, Cell().Matches(row).Select(match => Label().Match(match.Value).Groups[1].Value)));
    }

    [GeneratedRegex("""<th scope="col"[^>]*>(.*?)</th>""")]
    private static partial Regex Heading();

    [GeneratedRegex("<td[^>]*>")]
    private static partial Regex Cell();

    [GeneratedRegex("""data-label="([^"]*)""")]
    private static partial Regex Label();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
