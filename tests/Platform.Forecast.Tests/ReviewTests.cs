using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Controls;
using Platform.Forecast.Layers;
using Platform.Forecast.Publishing;
using Platform.Forecast.Reviews;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class ReviewTests : IAsyncLifetime
{
    // A Sunday.
    private static readonly DateTimeOffset Sunday = Utc("2026-06-14T02:00:00");
    private static readonly DateTimeOffset Monday = Utc("2026-06-22T02:00:00");
    private ForecastFixture _forecast = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _forecast = await ForecastFixture.CreateAsync(Sunday, Cancellation);
        _forecast.Organisation.Teams.AddRange(["team_search", "team_support"]);
        _forecast.Organisation.Funds.Add("team_search", 5_000_000_000);
        foreach (var (team, seed) in new[] { ("team_search", 1), ("team_support", 2) })
        {
            await SpendAsync(team, seed, -60, 0, 1);
        }

        await _forecast.Get<PublishForecasts>().RunAsync(Cancellation);
    }

    public async ValueTask DisposeAsync() => await _forecast.DisposeAsync();

    [Fact]
    public async Task Versions_and_reviews_are_made_however_long_that_takes()
    {
        // The server ends what is silent for a millisecond, as it ends all else of a service after five minutes: nothing is computed within that.
        await using var impatient = NpgsqlDataSource.Create($"{_forecast.ConnectionString};Options=-c idle_in_transaction_session_timeout=1ms");
        _forecast.Time.SetUtcNow(Monday);
        var publish = ActivatorUtilities.CreateInstance<PublishForecasts>(_forecast.Get<IServiceProvider>(), impatient);
        Assert.Equal(PublicationReason.Daily, (await publish.RunAsync(Cancellation))?.Reason);

        _forecast.Time.Advance(TimeSpan.FromHours(2));
        var make = ActivatorUtilities.CreateInstance<MakeReviews>(_forecast.Get<IServiceProvider>(), impatient);
        Assert.Equal("2026-W25", (await make.RunAsync(Cancellation))?.Week);
    }

    [Fact]
    public async Task A_week_is_reviewed_once_on_monday_by_one_of_two_replicas_and_kept_as_it_is()
    {
        await LiveAsync();
        _forecast.Time.SetUtcNow(Monday.AddMinutes(-1));

        // Nobody was there to review the week before: its review is made up for while it is the last that is over.
        Assert.Equal("2026-W24", (await _forecast.Get<MakeReviews>().RunAsync(Cancellation))?.Week);
        Assert.Null(await _forecast.Get<MakeReviews>().RunAsync(Cancellation));

        _forecast.Time.SetUtcNow(Monday);
        await using var other = _forecast.Services();
        var made = await Task.WhenAll(_forecast.Get<MakeReviews>().RunAsync(Cancellation), other.GetRequiredService<MakeReviews>().RunAsync(Cancellation));
        var review = Assert.Single(made.OfType<WeeklyReview>());
        Assert.Null(await _forecast.Get<MakeReviews>().RunAsync(Cancellation));

        // Late usage and a later day change nothing of it.
        await SpendAsync("team_support", 9, 3, 4, 100);
        _forecast.Time.Advance(TimeSpan.FromDays(3));
        Assert.Equal(review, await AskAsync("2026-W25"));
        Assert.Equal(review, await AskAsync(""));
        var listed = await _forecast.Get<GetReview>().ListAsync(new ListReviewsRequest(), Cancellation);
        Assert.Equal(["2026-W25", "2026-W24"], listed.Reviews.Select(head => head.Week));
        Assert.Equal(review.Variance.Total.CurrentNanos, listed.Reviews[0].SpendNanos);
        var cut = await _forecast.Get<GetReview>().ListAsync(new ListReviewsRequest { Limit = 1 }, Cancellation);
        Assert.Equal(("2026-W25", 2), (Assert.Single(cut.Reviews).Week, cut.ReviewsTotal));
        foreach (var sql in new[] { "UPDATE weekly_review SET spend_nanos = 0", "DELETE FROM weekly_review", "TRUNCATE weekly_review" })
        {
            await using var command = _forecast.DataSource.CreateCommand(sql);
            await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Cancellation));
        }
    }

    [Fact]
    public async Task A_review_holds_the_week_against_the_version_of_the_day_before_and_tells_alerts_controls_and_what_to_do()
    {
        await LiveAsync();
        _forecast.Time.SetUtcNow(Monday);
        await _forecast.Get<PublishForecasts>().RunAsync(Cancellation);
        await _forecast.Get<ControlStore>().AddAsync(Policy(Sunday.AddDays(2)), Monday, Cancellation);
        await _forecast.Get<ControlStore>().AddAsync(Policy(Sunday.AddDays(-2)), Monday, Cancellation);
        foreach (var (kind, day) in new[] { (AlertKind.BudgetThreshold, 2), (AlertKind.WalletLow, 1), (AlertKind.Test, 3), (AlertKind.WalletLow, -1) })
        {
            _forecast.Organisation.Alerts.Add(new Alert { AlertId = $"{kind}-{day}", Kind = kind, Severity = AlertSeverity.Warning, Title = "t", OccurredAt = Sunday.AddDays(day).ToTimestampUtc() });
        }

        var review = await AskAsync("2026-W25");
        Assert.False(review.Kept);
        Assert.Equal((1, 2), (review.ForecastVersion, review.NewestVersion));
        var week = review.Forecasts[0];
        Assert.Equal(["", "team_search", "team_support"], review.Forecasts.Select(forecast => forecast.TeamId).Order());
        Assert.Equal((review.Variance.Total.CurrentNanos, review.Variance.Total.CurrentNanos - week.P50Nanos), (week.ActualNanos, week.DifferenceNanos));

        // Twice as much came as before.
        Assert.True(week is { Held: false, DifferenceNanos: > 0 });
        Assert.True(!review.MonthIsOver && review.MonthEndNanos > review.MonthEndBeforeNanos);
        Assert.Equal(["budget_threshold", "wallet_low"], review.Alerts.Select(alert => alert.Kind));
        Assert.Equal(Sunday.AddDays(2), review.Controls.Single().OccurredAt.ToDateTimeOffset());
        Assert.Equal(1, review.ControlsTotal);
        Assert.Contains(review.WalletsAtRisk, funds => funds is { TeamId: "team_search", ExhaustedThisMonth: > 0.5 });
        Assert.Equal(review.Recommendations.OrderByDescending(finding => finding.AmountNanos), review.Recommendations);
        Assert.Contains(review.Recommendations, finding => finding.Rule == "wallet_at_risk");
        Assert.Contains(review.Summary, sentence => sentence.StartsWith("Version 1 had forecast", StringComparison.Ordinal) && sentence.EndsWith("outside its band.", StringComparison.Ordinal));
        Assert.Equal("not_enough", review.Maturity.Band);
    }

    [Fact]
    public async Task A_review_says_how_many_alerts_there_were_however_many_there_were()
    {
        await LiveAsync();
        _forecast.Time.SetUtcNow(Monday);
        _forecast.Organisation.Alerts.AddRange(Enumerable.Range(0, 12_000).Select(number => new Alert
        {
            AlertId = $"{number}", Kind = number % 1_000 == 0 ? AlertKind.Test : AlertKind.WalletLow, Severity = AlertSeverity.Warning, Title = "t", OccurredAt = Sunday.AddDays(2).ToTimestampUtc(),
        }));

        var review = await AskAsync("2026-W25");
        Assert.Equal((11_988, 200), (review.AlertsTotal, review.Alerts.Count));
    }

    [Fact]
    public async Task Of_a_week_that_crosses_a_months_end_the_month_is_what_came_of_it()
    {
        // From the 14th of June to the 5th of July.
        await SpendAsync("team_search", 3, 0, 22, 1);
        await SpendAsync("team_support", 4, 0, 22, 1);
        foreach (var at in new[] { "2026-06-28T02:00:00", "2026-07-06T02:00:00" })
        {
            _forecast.Time.SetUtcNow(Utc(at));
            await _forecast.Get<PublishForecasts>().RunAsync(Cancellation);
        }

        var review = await AskAsync("2026-W27");
        await using var command = _forecast.DataSource.CreateCommand("SELECT sum(cost_nanos)::bigint FROM usage_quarter WHERE quarter_start >= '2026-06-01 00:00Z' AND quarter_start < '2026-07-01 00:00Z'");

        Assert.Equal((2, 3, true), (review.ForecastVersion, review.NewestVersion, review.MonthIsOver));
        Assert.Equal((long)(await command.ExecuteScalarAsync(Cancellation))!, review.MonthEndNanos);
        Assert.InRange(review.MonthEndBeforeNanos / (double)review.MonthEndNanos, 0.9, 1.1);
    }

    [Fact]
    public async Task What_happened_since_a_week_is_none_of_it_however_much_it_is()
    {
        await LiveAsync();
        var controls = _forecast.Get<ControlStore>();
        await controls.AddAsync(Policy(Sunday.AddDays(2)), Monday, Cancellation);
        for (var change = 0; change < 1_001; change++)
        {
            await controls.AddAsync(Policy(Monday.AddMinutes(change)), Monday, Cancellation);
        }

        _forecast.Time.SetUtcNow(Monday.AddDays(2));
        var review = await AskAsync("2026-W25");
        Assert.Equal((Sunday.AddDays(2), 1), (Assert.Single(review.Controls).OccurredAt.ToDateTimeOffset(), review.ControlsTotal));
    }

    [Fact]
    public async Task A_week_that_runs_is_reviewed_up_to_yesterday_and_one_without_a_version_says_so()
    {
        await LiveAsync();
        _forecast.Time.SetUtcNow(Utc("2026-06-18T12:00:00"));
        var running = await AskAsync("2026-W25");
        Assert.Equal(("2026-06-15", "2026-06-18"), (Day(running.WeekStart), Day(running.WeekEnd)));
        Assert.Equal((1, 0), (running.ForecastVersion, running.Forecasts.Count));
        Assert.Contains("The week is not over: what version 1 forecast of it is held against it then.", running.Summary);
        Assert.Contains((await _forecast.Get<GetLayers>().RunAsync(new GetLayersRequest(), Cancellation)).Notes, OfNextYear);
        Assert.DoesNotContain(running.Notes, OfNextYear);

        var before = await AskAsync("2026-W20");
        Assert.Equal((0, 0), (before.ForecastVersion, before.Forecasts.Count));
        Assert.Contains(before.Summary, sentence => sentence.StartsWith("No version of the day before", StringComparison.Ordinal));
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => AskAsync("2026-W26"));
    }

    private static bool OfNextYear(string note) => note.StartsWith("Of 2027 the forecast has the months to ", StringComparison.Ordinal);

    [Theory]
    [InlineData(0, "Spend was 100.00 USD, as much as in the week before.", "to 0.00 USD): as much came, within its band.")]
    [InlineData(-4_999_999, "Spend was 100.00 USD, as much as in the week before.", "to 0.00 USD): as much came, within its band.")]
    [InlineData(-2_000_000_000, "Spend was 100.00 USD, 2.00 USD (2 %) less than in the week before.", "to 0.00 USD): 2.00 USD less came, within its band.")]
    public void What_did_not_change_is_neither_more_nor_less(long change, string spend, string forecast)
    {
        var sentences = ReviewSummary.Of(new WeeklyReview
        {
            Currency = "USD", Variance = new VarianceReport { Total = new VarianceSum { BeforeNanos = 100_000_000_000, CurrentNanos = 100_000_000_000, ChangeNanos = change } },
            ForecastVersion = 3, Forecasts = { new ForecastOfWeek { DifferenceNanos = change, Held = true } },
        }).ToArray();

        Assert.Equal(spend, sentences[0]);
        Assert.EndsWith(forecast, sentences[1], StringComparison.Ordinal);
    }

    /// <summary>The summary is what is read: where no wallet runs out, caps alone can end work.</summary>
    [Fact]
    public void Caps_at_risk_are_in_the_summary_the_first_of_them_by_name()
    {
        var review = new WeeklyReview { Currency = "USD", Variance = new VarianceReport { Total = new VarianceSum() } };
        Assert.DoesNotContain(ReviewSummary.Of(review), sentence => sentence.Contains("Caps", StringComparison.Ordinal));

        string[] teams = ["team_a", "", "team_c", "team_d", "team_e"];
        review.CapsAtRisk.AddRange(teams.Select((team, place) => new CapOutlook { TeamId = team, Period = CapPeriod.Month, Reached = 0.6 - (place / 10.0) }));
        Assert.Contains(
            "Caps at risk: team_a's of a month (60 % of futures before it ends), the organisation's of a month (50 % of futures before it ends), team_c's of a month (40 % of futures before it ends) and 2 more.",
            ReviewSummary.Of(review));
    }

    [Fact]
    public async Task A_users_wallet_that_runs_out_is_told_of_in_a_team_that_has_enough()
    {
        await LiveAsync();
        _forecast.Time.SetUtcNow(Monday);
        _forecast.Organisation.Funds["team_search"] = 10_000_000_000_000;
        var first = Monday.AddDays(-60);
        _forecast.Organisation.Callers.AddRange(Enumerable.Range(0, 60).Select(day => ("ada", "", Day(first.AddDays(day).ToTimestampUtc()), 100_000_000L)));
        _forecast.Organisation.Wallets.AddRange(
        [
            new WalletView { WalletId = "wal_ada", TeamId = "team_search", UserId = "ada", AvailableNanos = 500_000_000 },
            new WalletView { WalletId = "wal_eve", TeamId = "team_search", UserId = "eve", AvailableNanos = 500_000_000 },
        ]);

        var review = await AskAsync("2026-W25");
        Assert.DoesNotContain(review.WalletsAtRisk, funds => funds.TeamId == "team_search");
        var ada = Assert.Single(review.SingleWalletsAtRisk);
        Assert.Equal(("wal_ada", "team_search", 1), (ada.WalletId, ada.Funds.TeamId, review.SingleWalletsTotal));
        Assert.InRange(ada.Funds.ExhaustedNextMonth, 0.9, 1);
        Assert.Contains(review.Summary, sentence => sentence.StartsWith("Single wallets at risk: user ada in team_search (", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_is_kept_until_an_hour_after_the_first_version_so_that_a_history_that_is_being_imported_is_whole()
    {
        Assert.Null(await _forecast.Get<MakeReviews>().RunAsync(Cancellation));
        _forecast.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("2026-W23", (await _forecast.Get<MakeReviews>().RunAsync(Cancellation))?.Week);

        await using var empty = await ForecastFixture.CreateAsync(Monday, Cancellation);
        Assert.Null(await empty.Get<MakeReviews>().RunAsync(Cancellation));
    }

    [Fact]
    public void In_a_months_last_week_money_that_ends_in_the_next_days_stands_first()
    {
        FundsOutlook[] funds =
        [
            new() { TeamId = "team_this_month", ExhaustedThisMonth = 0.01, ExhaustedNextMonth = 0.2, Soon = new FundsSoon { Exhausted = 0.02 } },
            new() { TeamId = "team_next_days", ExhaustedNextMonth = 1, Soon = new FundsSoon { Exhausted = 0.35 } },
        ];
        Assert.Equal(["team_next_days", "team_this_month"], MakeReview.AtRisk(funds, one => one).Select(one => one.TeamId));
    }

    [Fact]
    public void Money_that_hardly_ends_this_month_stands_by_what_becomes_of_it_in_the_next()
    {
        FundsOutlook[] funds =
        [
            new() { TeamId = "team_hardly", ExhaustedThisMonth = 0.02, ExhaustedNextMonth = 0.4 },
            new() { TeamId = "team_next_month", ExhaustedThisMonth = 0.001, ExhaustedNextMonth = 0.98 },
            new() { TeamId = "team_this_month", ExhaustedThisMonth = 0.1, ExhaustedNextMonth = 0.5 },
        ];
        Assert.Equal(["team_this_month", "team_next_month", "team_hardly"], MakeReview.AtRisk(funds, one => one).Select(one => one.TeamId));
    }

    [Theory]
    [InlineData("2026-W01", "2025-12-29")]
    [InlineData("2026-W53", "2026-12-28")]
    [InlineData("2025-W52", "2025-12-22")]
    [InlineData("2025-W53", null)]
    [InlineData("2026-W00", null)]
    [InlineData("2026-26", null)]
    [InlineData("2026-W+1", null)]
    public void A_week_is_named_by_iso_8601(string name, string? monday)
    {
        if (monday is null)
        {
            Assert.Throws<Grpc.Core.RpcException>(() => ReviewWeek.Parse(name));
        }
        else
        {
            var week = ReviewWeek.Parse(name);
            Assert.Equal((DateOnly.ParseExact(monday, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), name), (week.Monday, week.Name));
            Assert.Equal(week, ReviewWeek.LastOver(week.NextMonday));
            Assert.Equal(week, ReviewWeek.LastOver(week.NextMonday.AddDays(6)));
        }
    }

    private static ControlEvent Policy(DateTimeOffset at) => new(Guid.CreateVersion7(at), at, "policy", "", "7", "key_1", "routing policy 7");

    private static string Day(Google.Protobuf.WellKnownTypes.Timestamp moment) => moment.ToDateTime().ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private Task<WeeklyReview> AskAsync(string week) => _forecast.Get<GetReview>().RunAsync(new GetReviewRequest { Week = week }, Cancellation);

    /// <summary>The rest of Sunday and the week, at twice of what was.</summary>
    private async Task LiveAsync()
    {
        await SpendAsync("team_search", 3, 0, 8, 2);
        await SpendAsync("team_support", 4, 0, 8, 2);
    }

    private Task<bool> SpendAsync(string team, int seed, int from, int to, double times) => _forecast.Usage.AddAsync(
        Batch([.. Synthetic.Team(seed, to - from).Select((dollars, day) => Call(Sunday.AddHours(10).AddDays(from + day), (long)(dollars * times * 1e8), team))]), Sunday.AddDays(to), Cancellation);
}
