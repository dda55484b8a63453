using System.Text.Json;
using System.Xml.Linq;
using Platform.Api.Reviews;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;

namespace Platform.Api.Tests;

public sealed class ReviewDocumentTests
{
    private const long Dollar = 1_000_000_000;
    private static readonly Dictionary<string, string> Names = new() { ["key_1"] = "root (key_1)" };

    [Fact]
    public void Markdown_has_every_part_of_the_review_in_its_order()
    {
        var text = MarkdownWriter.Write(new ReviewDocument(Review(), Names).Blocks());

        string[] parts =
        [
            "# AI spend, week 2026-W24\n\n2026-06-08 to 2026-06-14 (days of UTC), in USD. Made 2026-06-15 02:00Z; kept as it is.", "- Spend was 120.00 USD.", "## Spend against the week before",
            "| team | before | now | change | growth | waste | planned | control | unexplained |\n| --- | ---: |", "| team_a | 100.00 | 120.00 | +20.00 | +25.00 | 0.00 | 0.00 | -5.00 | 0.00 |",
            "| **all** | **100.00** |", "## Why it changed", "### Growth: +25.00", "- **+25.00** Volume. More calls.\n  - `kt spend --by workload` calls", "### Control: -5.00", "## Forecast and accuracy",
            "| all | 90.00 | 100.00 | 110.00 | 120.00 | +20.00 | missed |", "The month's end: 400.00 in version 3, 440.00 in version 9 (+40.00).", "Crawl.", "| days | 7 | 5 | 12.5 % | -3 % | 80 % | 20 % |",
            "## Money at risk", "| team_a | 30.00 | 50 % | 100 % | 2026-06-20 | – | 60.00 | 30.00 |", "team_a: Its wallet only observes.", "Single wallets,", "| team_b | user ada, only observes | 5.00 | 90 % | 100 % |", "And 2 that are less likely", "| Search | 100.00 | 90.00 | 40 % | – | 2026-07-01 |",
            "Period caps, each with the share of futures that ask for more than it leaves;", "| team_a | 50.00 a month | 18.00 | 60 % | 2026-06-25 | 2026-07-01 | 61.00 |", "## Alerts", "| 2026-06-10 00:00Z | warning | all |",
            "And 4 older ones: kt alerts list --all.", "## Controls changed", "| routing policy 7 | root (key_1) | kt forecast effect 7 |", "## Recommendations, by money", "- **30.00** team_a, wallet at risk. It runs dry.\n  - `kt wallets allocate` Allocate it.",
            "## Notes\n\n- A note.",
        ];
        var at = 0;
        foreach (var part in parts)
        {
            var found = text.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"'{part}' is missing after\n{text[..at]}\nin\n{text[at..]}");
            at = found + part.Length;
        }
    }

    [Fact]
    public void Html_is_one_well_formed_page_that_needs_nothing_else()
    {
        var page = HtmlWriter.Write("Review", new ReviewDocument(Review(), Names).Blocks());
        var parsed = XDocument.Parse(page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal).Replace("<meta charset=\"utf-8\">", "", StringComparison.Ordinal)
            .Replace("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">", "", StringComparison.Ordinal));

        Assert.Equal(["AI spend, week 2026-W24"], parsed.Descendants("h1").Select(title => title.Value));
        Assert.Equal(7, parsed.Descendants("rect").Count());
        Assert.Contains("bars begin at 75.00", parsed.Descendants("svg").Single().Value, StringComparison.Ordinal);
        Assert.Single(parsed.Descendants("tr"), row => row.Attribute("class")?.Value == "total");
        Assert.DoesNotContain(parsed.Descendants(), element => element.Name.LocalName is "script" or "link" or "img" or "iframe");
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_of_records_makes_no_markup()
    {
        var review = Review();
        review.Alerts[0].Title = "<script>alert(1)</script> | a\n# b _c_ d_e <0.01 <a@b.c>";
        review.Recommendations[0].Command = "kt `x` <b>";

        var page = HtmlWriter.Write("<title>", new ReviewDocument(review, Names).Blocks());
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        var text = MarkdownWriter.Write(new ReviewDocument(review, Names).Blocks());
        Assert.Contains("\\<script\\>alert(1)\\</script\\> \\| a \\# b \\_c\\_ d_e <0.01 \\<a@b.c\\> |", text, StringComparison.Ordinal);
        Assert.Contains("`kt 'x' <b>`", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_review_of_nothing_says_so()
    {
        var nothing = new VarianceSum { Classes = { Classes() } };
        var review = new WeeklyReview
        {
            Week = "2026-W24", WeekStart = At("2026-06-08"), WeekEnd = At("2026-06-15"), MadeAt = At("2026-06-15"), Currency = "USD", Variance = new VarianceReport { Total = nothing },
        };
        var text = MarkdownWriter.Write(new ReviewDocument(review, Names).Blocks());

        Assert.Contains("not kept", text, StringComparison.Ordinal);
        Assert.Contains("## Why it changed\n\nNothing was spent in either week.", text, StringComparison.Ordinal);
        Assert.Contains("No alert was raised", text, StringComparison.Ordinal);
        Assert.Contains("No rule fires", text, StringComparison.Ordinal);
        Assert.Contains("<svg", HtmlWriter.Write("", new ReviewDocument(review, Names).Blocks()), StringComparison.Ordinal);
        Assert.Null(ReviewBody.From(review).MonthEnd);
    }

    [Fact]
    public void Of_a_month_that_is_over_it_says_what_came_and_of_many_changes_how_many_there_were()
    {
        var review = Review();
        Assert.Contains("The month's end: 400.00 in version 3, 440.00 in version 9 (+40.00).", Text(), StringComparison.Ordinal);

        review.MonthIsOver = true;
        review.ControlsTotal = review.Controls.Count + 5;
        Assert.Contains("The month's end: 400.00 in version 3, 440.00 came (+40.00).", Text(), StringComparison.Ordinal);
        Assert.Contains("And 5 older ones of the week.", Text(), StringComparison.Ordinal);
        Assert.Equal((true, (int?)review.ControlsTotal), (ReviewBody.From(review).MonthIsOver, ReviewBody.From(review).ControlsTotal));

        string Text() => MarkdownWriter.Write(new ReviewDocument(review, Names).Blocks());
    }

    [Fact]
    public void In_a_months_last_week_money_at_risk_is_what_is_missing_in_the_next_days_as_in_what_is_recommended()
    {
        var review = Review();
        Assert.DoesNotContain("in 7 days", Text(), StringComparison.Ordinal);
        foreach (var funds in review.WalletsAtRisk.Concat(review.SingleWalletsAtRisk.Select(wallet => wallet.Funds)))
        {
            (funds.ExhaustedThisMonth, funds.NeededThisMonthNanos, funds.MissingNanos) = (0, 0, 0);
            funds.Soon = new FundsSoon { To = At("2026-07-06"), Exhausted = 0.35, NeededNanos = 81 * Dollar, MissingNanos = 51 * Dollar };
        }

        Assert.Contains("| team | available | dry this month | dry in 7 days | dry next month | one in ten by | half by | needed in 7 days (P90) | missing in 7 days |", Text(), StringComparison.Ordinal);
        Assert.Matches(@"\| team_a \| 30\.00 \| 0 % \| 35 % \| 100 % \| 2026-06-20 \| – \| 81\.00 \| 51\.00 \|", Text());

        string Text() => MarkdownWriter.Write(new ReviewDocument(review, Names).Blocks());
    }

    [Fact]
    public void A_review_that_was_kept_before_single_wallets_were_looked_at_says_nothing_of_them()
    {
        var review = Review();
        review.WalletsAtRisk.Clear();
        Assert.Contains("No team's money is likely to run dry", Text(), StringComparison.Ordinal);

        review.SingleWalletsAtRisk.Clear();
        review.SingleWalletsTotal = 0;
        Assert.Contains("No wallet is likely to run dry", Text(), StringComparison.Ordinal);

        review.ClearSingleWalletsTotal();
        Assert.Contains("No team's money is likely to run dry", Text(), StringComparison.Ordinal);
        Assert.Null(ReviewBody.From(review).SingleWalletsTotal);

        string Text() => MarkdownWriter.Write(new ReviewDocument(review, Names).Blocks());
    }

    [Fact]
    public void Json_has_exact_amounts()
    {
        var options = new JsonSerializerOptions();
        ApiApp.ConfigureJson(options);
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(ReviewBody.From(Review()), options));

        Assert.Equal("20.000000000", json.RootElement.GetProperty("variance").GetProperty("total").GetProperty("change").GetRawText());
        Assert.Equal("missed", json.RootElement.GetProperty("forecasts")[0].GetProperty("held").GetBoolean() ? "held" : "missed");
        Assert.Equal("30.000000000", json.RootElement.GetProperty("recommendations")[0].GetProperty("amount").GetRawText());
    }

    private static WeeklyReview Review()
    {
        var total = Sum("");
        return new WeeklyReview
        {
            Week = "2026-W24", WeekStart = At("2026-06-08"), WeekEnd = At("2026-06-15"), MadeAt = At("2026-06-15", 2), Kept = true, Currency = "USD", Summary = { "Spend was 120.00 USD." },
            Variance = new VarianceReport
            {
                Comparison = Comparison.Week, Currency = "USD", AsOf = At("2026-06-15"), BeforeStart = At("2026-06-01"), BeforeEnd = At("2026-06-08"), CurrentStart = At("2026-06-08"),
                CurrentEnd = At("2026-06-15"), Total = total, Teams = { Sum("team_a") },
            },
            ForecastVersion = 3, NewestVersion = 9, MonthEndBeforeNanos = 400 * Dollar, MonthEndNanos = 440 * Dollar,
            Forecasts = { new ForecastOfWeek { ActualNanos = 120 * Dollar, P10Nanos = 90 * Dollar, P50Nanos = 100 * Dollar, P90Nanos = 110 * Dollar, DifferenceNanos = 20 * Dollar } },
            Maturity = new Maturity { Band = "crawl", Variance = 0.18, Sentence = "Crawl." },
            Accuracy = { new ScoreRow { Layer = Layer.Total, Kind = "days", Lead = 7, Targets = 5, Wape = 0.125, Bias = -0.03, Coverage80 = 0.8, Rules = { new RuleScore { Rule = "run_rate", Wape = 0.2 } } } },
            Alerts = { new ReviewAlert { OccurredAt = At("2026-06-10"), Severity = "warning", Kind = "budget_threshold", Title = "Budget told" } }, AlertsTotal = 5,
            WalletsAtRisk =
            {
                new FundsOutlook { TeamId = "team_a", AvailableNanos = 30 * Dollar, ExhaustedThisMonth = 0.5, ExhaustedNextMonth = 1, Early = At("2026-06-20"), NeededThisMonthNanos = 60 * Dollar, MissingNanos = 30 * Dollar, ObservingNote = "Its wallet only observes." },
            },
            SingleWalletsAtRisk =
            {
                new WalletOutlook { WalletId = "wal_ada", UserId = "ada", Funds = new FundsOutlook { TeamId = "team_b", AvailableNanos = 5 * Dollar, ExhaustedThisMonth = 0.9, ExhaustedNextMonth = 1, Wallets = 1, ObservingWallets = 1 } },
            },
            SingleWalletsTotal = 3,
            BudgetsAtRisk = { new BudgetOutlook { BudgetId = "search", Name = "Search", AmountNanos = 100 * Dollar, SpentNanos = 90 * Dollar, Crossing = 0.4, PeriodEnd = At("2026-07-01") } },
            CapsAtRisk =
            {
                new CapOutlook
                {
                    CapId = "cap_a", TeamId = "team_a", Period = Contracts.Wallet.V1.CapPeriod.Month, AmountNanos = 50 * Dollar, SpentNanos = 18 * Dollar, Reached = 0.6, Expected = At("2026-06-25"),
                    PeriodEnd = At("2026-07-01"), NeededNanos = 61 * Dollar,
                },
            },
            Controls = { new ControlChange { EventId = "7", OccurredAt = At("2026-06-09"), Kind = "policy", Actor = "key_1", Summary = "routing policy 7" } },
            Recommendations = { new DiagnosisFinding { Rule = "wallet_at_risk", TeamId = "team_a", Sentence = "It runs dry.", AmountNanos = 30 * Dollar, Act = "Allocate it.", Command = "kt wallets allocate" } },
            Notes = { "A note.", "A note." },
        };
    }

    private static VarianceSum Sum(string team) => new()
    {
        TeamId = team, BeforeNanos = 100 * Dollar, CurrentNanos = 120 * Dollar, ChangeNanos = 20 * Dollar, Classes = { Classes(25, -5) },
        Items =
        {
            new VarianceItem
            {
                Class = VarianceClass.Growth, Driver = VarianceDriver.Volume, ChangeNanos = 25 * Dollar, Sentence = "More calls.",
                Evidence = { new VarianceEvidence { Text = "calls", Command = "kt spend --by workload" } },
            },
            new VarianceItem { Class = VarianceClass.Control, Driver = VarianceDriver.Routing, ChangeNanos = -5 * Dollar, Sentence = "Routing saved." },
        },
    };

    private static IEnumerable<VarianceClassSum> Classes(long growth = 0, long control = 0) =>
        new[] { VarianceClass.Growth, VarianceClass.Waste, VarianceClass.PlannedInvestment, VarianceClass.Control, VarianceClass.Unexplained }.Select(kind => new VarianceClassSum
        {
            Class = kind, ChangeNanos = Dollar * kind switch { VarianceClass.Growth => growth, VarianceClass.Control => control, _ => 0 },
        });

    private static Google.Protobuf.WellKnownTypes.Timestamp At(string day, int hour = 0) =>
        DateTimeOffset.Parse($"{day}T{hour:00}:00:00Z", System.Globalization.CultureInfo.InvariantCulture).ToTimestampUtc();
}
