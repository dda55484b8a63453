using System.Globalization;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;

namespace Platform.Api.Reviews;

/// <summary>A review as a document for people: the same blocks for Markdown and HTML.</summary>
/// <param name="names">Who is behind keys' ids; of those that are not in it the id stands alone.</param>
internal sealed class ReviewDocument(WeeklyReview review, IReadOnlyDictionary<string, string> names)
{
    private static readonly VarianceClass[] Classes =
        [VarianceClass.Growth, VarianceClass.Waste, VarianceClass.PlannedInvestment, VarianceClass.Control, VarianceClass.Unexplained];

    /// <summary>All of them are of one moment: in a month's last week each tells of the next seven days, which recommendations go by then.</summary>
    private bool HasSoon => review.WalletsAtRisk.Concat(review.SingleWalletsAtRisk.Select(wallet => wallet.Funds)).Any(funds => funds.Soon is not null);

    private string[] FundsColumns => HasSoon
        ? [">available", ">dry this month", ">dry in 7 days", ">dry next month", "one in ten by", "half by", ">needed in 7 days (P90)", ">missing in 7 days"]
        : [">available", ">dry this month", ">dry next month", "one in ten by", "half by", ">needed (P90)", ">missing"];

    public string Title => $"AI spend, week {review.Week}";

    public IEnumerable<Block> Blocks() =>
    [
        new Heading(1, Title),
        new Paragraph($"{Day(review.WeekStart)} to {Day(review.WeekEnd.ToDateTimeOffset().AddDays(-1))} (days of UTC), in {review.Currency}. Made {Minute(review.MadeAt)}{(review.Kept ? "; kept as it is" : "; not kept: figures ahead are of that moment")}."),
        new Bullets(review.Summary),
        .. Spend(), .. Why(), .. Forecast(), .. AtRisk(), .. Events(), .. Recommendations(),
        .. review.Notes.Count > 0 ? new Block[] { new Heading(2, "Notes"), new Bullets([.. review.Notes.Distinct()]) } : [],
    ];

    private IEnumerable<Block> Spend()
    {
        var total = review.Variance.Total;
        yield return new Heading(2, "Spend against the week before");
        yield return new Waterfall(
            ("week before", Units(total.BeforeNanos)), [.. total.Classes.Select(part => (Name(part.Class), Units(part.ChangeNanos)))], ("this week", Units(total.CurrentNanos)), MinorUnits.Places(review.Currency));
        yield return new Table(
            ["team", ">before", ">now", ">change", .. Classes.Select(kind => ">" + Name(kind))],
            [.. review.Variance.Teams.Select(Row), Row(total)], HasTotal: true);
    }

    private IEnumerable<Block> Why()
    {
        yield return new Heading(2, "Why it changed");
        if (review.Variance.Total.Items.All(item => item.ChangeNanos == 0))
        {
            yield return new Paragraph(review.Variance.Total is { BeforeNanos: 0, CurrentNanos: 0 } ? "Nothing was spent in either week." : "No part of spend changed.");
        }

        foreach (var kind in Classes)
        {
            var items = review.Variance.Total.Items.Where(item => item.Class == kind && item.ChangeNanos != 0).ToArray();
            if (items.Length > 0)
            {
                yield return new Heading(3, $"{Capital(Name(kind))}: {Signed(items.Sum(item => item.ChangeNanos))}");
                foreach (var item in items)
                {
                    yield return new Item(
                        Signed(item.ChangeNanos), Capital(EnumText.Of(item.Driver).Replace('_', ' ')), item.Sentence,
                        [.. item.Evidence.Select(evidence => (evidence.Command, evidence.Text))]);
                }
            }
        }
    }

    private IEnumerable<Block> Forecast()
    {
        yield return new Heading(2, "Forecast and accuracy");
        if (review.Forecasts.Count > 0)
        {
            yield return new Paragraph($"What version {review.ForecastVersion}, the last of the day before, said of the week.");
            yield return new Table(
                ["team", ">P10", ">P50", ">P90", ">came", ">difference", "80 % band"],
                [.. review.Forecasts.Select(week => (IReadOnlyList<string>)
                    [All(week.TeamId), Rough(week.P10Nanos), Rough(week.P50Nanos), Rough(week.P90Nanos), Rough(week.ActualNanos), Signed(week.DifferenceNanos), week.Held ? "held" : "missed"])]);
        }

        if (review is { HasMonthEndBeforeNanos: true, HasMonthEndNanos: true })
        {
            var now = review.MonthIsOver ? $"{Rough(review.MonthEndNanos)} came" : $"{Rough(review.MonthEndNanos)} in version {review.NewestVersion}";
            yield return new Paragraph(
                $"The month's end: {Rough(review.MonthEndBeforeNanos)} in version {review.ForecastVersion}, {now} ({Signed(review.MonthEndNanos - review.MonthEndBeforeNanos)}).");
        }

        yield return new Paragraph(review.Maturity?.Sentence is { Length: > 0 } sentence ? sentence : "Accuracy: not enough yet.");
        if (review.Accuracy.Count > 0)
        {
            yield return new Table(
                ["target", ">lead", ">judged", ">WAPE", ">bias", ">in the 80 % band", ">run rate's WAPE"],
                [.. review.Accuracy.Select(row => (IReadOnlyList<string>)
                [
                    row.Kind.Replace('_', ' '), Number(row.Lead), Number(row.Targets), row.HasWape ? Share(row.Wape) : "–", row.HasBias ? Share(row.Bias) : "–", Share(row.Coverage80),
                    row.Rules.FirstOrDefault(rule => rule.Rule == "run_rate") is { } rule ? Share(rule.Wape) : "–",
                ])]);
        }
    }

    private IEnumerable<Block> AtRisk()
    {
        yield return new Heading(2, "Money at risk");
        yield return review.WalletsAtRisk.Count == 0
            ? new Paragraph($"No {(review is { HasSingleWalletsTotal: true, SingleWalletsTotal: 0 } ? "wallet" : "team's money")} is likely to run dry before the end of next month.")
            : new Table(["team", .. FundsColumns], [.. review.WalletsAtRisk.Select(funds => (IReadOnlyList<string>)[All(funds.TeamId), .. Cells(funds)])]);
        foreach (var funds in review.WalletsAtRisk.Where(funds => funds.CalendarNote.Length > 0))
        {
            yield return new Paragraph($"{All(funds.TeamId)}: {funds.CalendarNote}");
        }

        foreach (var funds in review.WalletsAtRisk.Where(funds => funds.ObservingNote.Length > 0))
        {
            yield return new Paragraph($"{All(funds.TeamId)}: {funds.ObservingNote}");
        }

        if (review.SingleWalletsAtRisk.Count > 0)
        {
            yield return new Paragraph("Single wallets, each for the calls that it pays:");
            yield return new Table(["team", "wallet", .. FundsColumns], [.. review.SingleWalletsAtRisk.Select(wallet => (IReadOnlyList<string>)[wallet.Funds.TeamId, $"{Whose(wallet)}{(wallet.Funds.ObservingWallets > 0 ? ", only observes" : "")}", .. Cells(wallet.Funds)])]);
        }

        if (review.SingleWalletsTotal > review.SingleWalletsAtRisk.Count)
        {
            yield return new Paragraph($"And {review.SingleWalletsTotal - review.SingleWalletsAtRisk.Count} that are less likely to: kt forecast --layers --team TEAM.");
        }

        if (review.BudgetsAtRisk.Count > 0)
        {
            yield return new Table(
                ["budget", ">amount", ">spent", ">crossed in", "half by", "period ends"],
                [.. review.BudgetsAtRisk.Select(budget => (IReadOnlyList<string>)
                    [budget.Name, Comparable(budget.AmountNanos), Comparable(budget.SpentNanos), Share(budget.Crossing), DayOrNone(budget.Expected), DayOrNone(budget.PeriodEnd)])]);
        }

        if (review.CapsAtRisk.Count > 0)
        {
            yield return new Paragraph("Period caps, each with the share of futures that ask for more than it leaves; such calls are refused, unless their wallet only observes:");
            yield return new Table(
                ["cap on", ">a period", ">spent", ">reached in", "half by", "period ends", ">needed (P90)"],
                [.. review.CapsAtRisk.Select(cap => (IReadOnlyList<string>)
                [
                    All(cap.TeamId), $"{Comparable(cap.AmountNanos)} a {EnumText.Of(cap.Period)}", Comparable(cap.SpentNanos), Share(cap.Reached), DayOrNone(cap.Expected), DayOrNone(cap.PeriodEnd),
                    Comparable(cap.NeededNanos),
                ])]);
        }
    }

    private IEnumerable<string> Cells(FundsOutlook funds) =>
    [
        Rough(funds.AvailableNanos), Share(funds.ExhaustedThisMonth), .. funds.Soon is { } soon ? [Share(soon.Exhausted)] : Array.Empty<string>(), Share(funds.ExhaustedNextMonth),
        DayOrNone(funds.Early), DayOrNone(funds.Expected), Rough(funds.Soon?.NeededNanos ?? funds.NeededThisMonthNanos), Rough(funds.Soon?.MissingNanos ?? funds.MissingNanos),
    ];

    private static string Whose(WalletOutlook wallet) => wallet.UserId.Length > 0 ? $"user {wallet.UserId}" : wallet.ApplicationId.Length > 0 ? $"application {wallet.ApplicationId}" : "its own";

    private IEnumerable<Block> Events()
    {
        yield return new Heading(2, "Alerts");
        yield return review.Alerts.Count == 0
            ? new Paragraph("No alert was raised in the week.")
            : new Table(
                ["when", "severity", "team", "what", "taken care of"],
                [.. review.Alerts.Select(alert => (IReadOnlyList<string>) [Minute(alert.OccurredAt), alert.Severity, All(alert.TeamId), alert.Title, alert.Acknowledged ? "yes" : "no"])]);
        if (review.AlertsTotal > review.Alerts.Count)
        {
            yield return new Paragraph($"And {review.AlertsTotal - review.Alerts.Count} older ones: kt alerts list --all.");
        }

        yield return new Heading(2, "Controls changed");
        yield return review.Controls.Count == 0
            ? new Paragraph("No allocation, budget, routing policy, cap, freeze or wallet policy was changed in the week.")
            : new Table(
                ["when", "kind", "team", "what", "by", "its effect"],
                [.. review.Controls.Select(change => (IReadOnlyList<string>)
                    [Minute(change.OccurredAt), change.Kind, All(change.TeamId), change.Summary, names.GetValueOrDefault(change.Actor, change.Actor), $"kt forecast effect {change.EventId}"])]);
        if (review.ControlsTotal > review.Controls.Count)
        {
            yield return new Paragraph($"And {review.ControlsTotal - review.Controls.Count} older ones of the week.");
        }
    }

    private IEnumerable<Block> Recommendations()
    {
        yield return new Heading(2, "Recommendations, by money");
        if (review.Recommendations.Count == 0)
        {
            yield return new Paragraph("No rule fires. kt forecast diagnose --rules shows what they look at.");
        }

        foreach (var finding in review.Recommendations)
        {
            yield return new Item(
                finding.AmountNanos == 0 ? "no amount" : Rough(finding.AmountNanos), $"{finding.TeamId}, {finding.Rule.Replace('_', ' ')}", finding.Sentence,
                [(finding.Command, finding.Act), .. finding.Evidence.Select(evidence => (evidence.Command, evidence.Text))]);
        }
    }

    private IReadOnlyList<string> Row(VarianceSum sum) =>
    [
        All(sum.TeamId), Rough(sum.BeforeNanos), Rough(sum.CurrentNanos), Signed(sum.ChangeNanos),
        .. Classes.Select(kind => Signed(sum.Classes.Single(part => part.Class == kind).ChangeNanos)),
    ];

    private static string Name(VarianceClass kind) => kind == VarianceClass.PlannedInvestment ? "planned" : EnumText.Of(kind);

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string All(string teamId) => teamId.Length > 0 ? teamId : "all";

    private static decimal Units(long nanos) => new Money(nanos).ToDecimal();

    private string Rough(long nanos) => new Money(nanos).ToRoundedString(review.Currency);

    /// <summary>A limit, and what is compared with it (decision 0241).</summary>
    private string Comparable(long nanos) => new Money(nanos).ToComparableString(review.Currency);

    private string Signed(long nanos) => (nanos > 0 ? "+" : "") + Rough(nanos);

    private static string Share(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.#} %");

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Day(Google.Protobuf.WellKnownTypes.Timestamp moment) => Day(moment.ToDateTimeOffset());

    private static string Day(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string DayOrNone(Google.Protobuf.WellKnownTypes.Timestamp? moment) => moment is null ? "–" : Day(moment);

    private static string Minute(Google.Protobuf.WellKnownTypes.Timestamp moment) => moment.ToDateTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
