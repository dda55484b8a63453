using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Dashboard.Figures;
using Platform.Dashboard.Overview;
using Platform.Testing;

namespace Platform.Dashboard.Tests;

/// <summary>Which open alerts are read, and shown, of more than one page.</summary>
public sealed class AlertReaderTests
{
    [Theory]
    [InlineData(0, "oldest critical,oldest warning,120,119,118")]
    [InlineData(4, "120,119,118,117,oldest critical")]
    [InlineData(120, "120,119,118,117,116")]
    public async Task The_gravest_of_all_are_shown_however_many_newer_ones_there_are(int newerCritical, string shown)
    {
        var service = new ManyAlerts(
        [
            .. Enumerable.Range(1, 120).Reverse().Select(number => Alert(number, number.ToString(CultureInfo.InvariantCulture), number > 120 - newerCritical ? AlertSeverity.Critical : AlertSeverity.Info)),
            Alert(-1, "oldest warning", AlertSeverity.Warning), Alert(-2, "oldest critical", AlertSeverity.Critical),
        ]);
        Assert.Equal(shown, await ShownAsync(service));
    }

    [Fact]
    public async Task Of_few_alerts_the_service_is_asked_once()
    {
        var service = new ManyAlerts([Alert(2, "newer", AlertSeverity.Info), Alert(1, "older", AlertSeverity.Critical)]);
        Assert.Equal("older,newer", await ShownAsync(service));
        Assert.Equal(AlertReader.Most, Assert.Single(service.Requests).PageSize);
    }

    [Fact]
    public async Task Each_alert_opens_to_what_it_says_and_to_the_command_that_acknowledges_it()
    {
        await using var list = new Rendered<AlertList>();
        var html = await list.ShowAsync(("TeamId", ""), ("Alerts", new AlertFigures(
            "", [new AlertLine("01a20b39-b2ec-7253-bed3-97a55ee36b51", AlertSeverity.Warning, "team_a", "Wallet is low", "It lasts until <Friday>.", Rendered<AlertList>.Now.AddDays(-400), Undelivered: true)], false)));

        var (summary, details) = (Between(html, "<summary>", "</summary>"), Between(html, "</summary>", "</details>"));
        Assert.Contains("Wallet is low", summary, StringComparison.Ordinal);
        Assert.Contains("<p>It lasts until &lt;Friday&gt;.</p>", details, StringComparison.Ordinal);
        Assert.Contains("11 May 2025 12:03 UTC", details, StringComparison.Ordinal);
        Assert.Contains("<code>kt alerts ack 01a20b39-b2ec-7253-bed3-97a55ee36b51 --note", details, StringComparison.Ordinal);
        Assert.Contains("<code>kt alerts show 01a20b39-b2ec-7253-bed3-97a55ee36b51</code>", details, StringComparison.Ordinal);
        Assert.Contains("kt alerts dead list", details, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CapScope.Organisation, "", "", "Cap of 0.50 USD a month on the organisation is reached: it refuses calls of Search")]
    [InlineData(CapScope.Team, "team_a", "", "Cap of 0.50 USD a month on team Search is reached: it refuses calls")]
    [InlineData(CapScope.User, "ann", "", "Cap of 0.50 USD a month on user ann is reached: it refuses calls of Search")]
    [InlineData(CapScope.Key, "key_1", "", "Cap of 0.50 USD a month on key key_1 is reached: it refuses calls of Search")]
    [InlineData(CapScope.Team, "team_a", "budget emea", "Cap of 0.50 USD a month on team Search (budget emea) is reached: it refuses calls")]
    public async Task A_cap_that_was_reached_is_told_by_whose_it_is_and_its_period_and_by_what_it_admitted_then(CapScope scope, string id, string source, string title)
    {
        // It has been raised since.
        var cap = new Cap { CapId = "cap_1", Scope = scope, ScopeId = id, Period = CapPeriod.Month, AmountNanos = 7, Currency = "USD", Source = source };
        Assert.Equal(title, await TitleAsync("cap_1", new OneCap(cap)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_a_cap_that_is_no_longer_there_or_not_known_the_alert_is_told_as_it_came(bool answers) =>
        Assert.Equal("Cap cap_1 is reached", await TitleAsync("cap_1", new OneCap(answers ? new Cap { CapId = "cap_2" } : null)));

    private static async Task<string> TitleAsync(string capId, OneCap caps)
    {
        var alert = Alert(1, "Cap cap_1 is reached", AlertSeverity.Critical);
        (alert.Kind, alert.Subject, alert.TeamId) = (AlertKind.CapReached, capId, "team_a");
        alert.Figures.Add(new AlertFigure { Name = "limit", Value = "0.5", Unit = "USD" });
        await using var list = new Rendered<AlertList>();
        var html = await list.ShowAsync(
            ("TeamId", "team_a"), ("Wallets", Wallets.Of(Wallets.Team("team_a", "Search"))), ("Alerts", await ReadAsync(new ManyAlerts([alert]), caps)));
        return Between(html, "<span>", "</span>");
    }

    private static Task<AlertFigures> ReadAsync(ManyAlerts service, OneCap caps) =>
        new AlertReader(new Alerts.AlertsClient(service), new Controls.ControlsClient(caps), new FakeTimeProvider(Rendered<AlertList>.Now)).ReadAsync("team_a", TestContext.Current.CancellationToken);

    private static string Between(string html, string from, string to) => html[(html.IndexOf(from, StringComparison.Ordinal) + from.Length)..].Split(to)[0];

    private static async Task<string> ShownAsync(ManyAlerts service)
    {
        var figures = await ReadAsync(service, new OneCap(null));
        Assert.All(service.Requests, request => Assert.True(request is { TeamId: "team_a", WithUnowned: true, All: false }));
        await using var list = new Rendered<AlertList>();
        var html = await list.ShowAsync(("TeamId", "team_a"), ("Alerts", figures));
        Assert.Equal(figures.More, html.Contains("The gravest of more", StringComparison.Ordinal));
        return string.Join(',', html.Split("<span>").Skip(1).Select(title => title.Split('<')[0]));
    }

    private static Alert Alert(int hour, string title, AlertSeverity severity) => new()
    {
        AlertId = title, Title = title, Severity = severity, OccurredAt = Timestamp.FromDateTimeOffset(Rendered<AlertList>.Now.AddDays(-30).AddHours(hour)),
    };

    /// <summary>Lists a cap where it is asked for by its id, and never all caps; without one it does not answer.</summary>
    private sealed class OneCap(Cap? cap) : UnaryInvoker
    {
        protected override object Answer(object request) => cap is null
            ? throw new RpcException(new Status(StatusCode.Unavailable, "test"))
            : new ListCapsResponse { Caps = { ((ListCapsRequest)request).CapIds.Contains(cap.CapId) ? [cap] : Array.Empty<Cap>() } };
    }

    /// <summary>Lists the newest of a severity and graver, as many as are asked for.</summary>
    private sealed class ManyAlerts(IReadOnlyList<Alert> all) : UnaryInvoker
    {
        public List<ListAlertsRequest> Requests { get; } = [];

        protected override object Answer(object request)
        {
            var asked = (ListAlertsRequest)request;
            Requests.Add(asked);
            var found = all.Where(alert => alert.Severity >= asked.MinimumSeverity).ToList();
            return new ListAlertsResponse { Alerts = { found.Take(asked.PageSize) }, NextPageToken = found.Count > asked.PageSize ? "more" : "" };
        }
    }
}
