using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Projection;
using Platform.Forecast.Publishing;
using Platform.Forecast.SpecialDays;
using Platform.Forecast.Versions;
using Platform.Testing;
using static Platform.Forecast.Tests.Usage;
using static Platform.Testing.RolesByName;

namespace Platform.Forecast.Tests;

/// <summary>Calendars as they are set over a real connection, and what the forecast makes of them.</summary>
public sealed class CalendarChangesTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = Utc("2026-06-10T12:00:00");
    private static readonly string[] Wrong = ["2026-02-30", "1999-12-25", "2026-12-25", "2026-12-25"];
    private static readonly string[] Past = ["2026-02-16", "2026-03-09", "2026-03-27", "2026-04-14", "2026-05-07", "2026-05-27"];
    private ForecastFixture _forecast = null!;
    private ForecastWire _wire = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ForecastCalendars.ForecastCalendarsClient Calendars => new(_wire.Channel);

    public async ValueTask InitializeAsync()
    {
        _forecast = await ForecastFixture.CreateAsync(Now, Cancellation);
        _forecast.Organisation.Teams.AddRange(["team_search", "team_support"]);
        _wire = await ForecastWire.StartAsync(
            _forecast,
            services => services
                .AddSingleton(_forecast.Get<ChangeCalendar>()).AddSingleton(_forecast.Get<ListCalendars>()),
            app => app.MapGrpcService<CalendarsService>(),
            Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _wire.DisposeAsync();
        await _forecast.DisposeAsync();
    }

    [Theory]
    [InlineData(Role.Owner, StatusCode.OK)]
    [InlineData(Role.BillingAdmin, StatusCode.OK)]
    [InlineData(Role.Editor, StatusCode.PermissionDenied)]
    [InlineData(Role.Viewer, StatusCode.PermissionDenied)]
    [InlineData(Role.Inference, StatusCode.PermissionDenied)]
    public async Task Billing_admins_change_calendars_and_viewers_read_them(Role role, StatusCode expected)
    {
        Assert.Equal(expected, await StatusAsync(() => Calendars.SetCalendarAsync(Christmas("one"), As(role)).ResponseAsync));
        Assert.Equal(expected, await StatusAsync(() => Calendars.RemoveCalendarAsync(new RemoveCalendarRequest { IdempotencyKey = "two" }, As(role)).ResponseAsync));
        Assert.Equal(expected == StatusCode.OK ? 2 : 0, (await Calendars.ListCalendarsAsync(new ListCalendarsRequest { Changes = true }, As(Role.Viewer))).Calendars.Count);
    }

    [Fact]
    public async Task What_is_absent_stays_and_every_change_is_kept_with_who_made_it()
    {
        var first = await SetAsync(Christmas("one"));
        Assert.Equal((1, "", true, true, false, "of Bavaria"), (first.Number, first.TeamId, first.Active, first.HolidaysOn, first.MonthEndsOn, first.Note));
        Assert.Equal(["2025-12-25", "2026-12-25"], first.Holidays.Select(holiday => holiday.Day));
        Assert.Equal(first, await SetAsync(Christmas("one")));

        // A team's first has what the organisation's has, with what is asked for.
        var team = await SetAsync(new SetCalendarRequest { TeamId = "team_search", MonthEndsOn = true, IdempotencyKey = "two" });
        Assert.Equal((2, true, true, 2), (team.Number, team.HolidaysOn, team.MonthEndsOn, team.Holidays.Count));
        Assert.Equal(3, (await SetAsync(new SetCalendarRequest { HolidaysOn = false, IdempotencyKey = "three" })).Number);
        Assert.Equal(["", "team_search"], (await ListAsync(new ListCalendarsRequest())).Select(calendar => calendar.TeamId));
        Assert.Equal(2, (await ListAsync(new ListCalendarsRequest { TeamId = "team_search" })).Single().Number);
        Assert.Equal(3, (await ListAsync(new ListCalendarsRequest { TeamId = "team_support" })).Single().Number);

        Assert.False((await Calendars.RemoveCalendarAsync(new RemoveCalendarRequest { TeamId = "team_search", IdempotencyKey = "four" }, As(Role.BillingAdmin))).Active);
        Assert.Equal(3, (await ListAsync(new ListCalendarsRequest { TeamId = "team_search" })).Single().Number);
        Assert.Equal([4, 3, 2, 1], (await ListAsync(new ListCalendarsRequest { Changes = true })).Select(change => change.Number));
        Assert.Equal([3, 1], (await ListAsync(new ListCalendarsRequest { Changes = true, TeamId = "team_support" })).Select(change => change.Number));
        Assert.All(await ListAsync(new ListCalendarsRequest { Changes = true }), change => Assert.NotEmpty(change.ChangedBy));
        await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            await using var command = _forecast.DataSource.CreateCommand("UPDATE forecast_calendar SET note = 'no'");
            await command.ExecuteNonQueryAsync(Cancellation);
        });
    }

    [Fact]
    public async Task All_that_is_wrong_is_said_at_once()
    {
        var request = new SetCalendarRequest { Note = new string('x', 1001), Holidays = new HolidayList(), IdempotencyKey = "one" };
        request.Holidays.Days.AddRange(Wrong.Select(day => new CalendarHoliday { Day = day }));
        request.Holidays.Days[2].Name = new string('y', 101);
        var refused = await Assert.ThrowsAsync<RpcException>(() => SetAsync(request));

        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.All(
            ["note must have", "'2026-02-30' is no day", "'1999-12-25' is no day", "2026-12-25 is there twice", "the name of 2026-12-25 must have"],
            part => Assert.Contains(part, refused.Status.Detail, StringComparison.Ordinal));
        Assert.Equal(StatusCode.InvalidArgument, await StatusAsync(() => SetAsync(new SetCalendarRequest { IdempotencyKey = "two" })));
        Assert.Equal(StatusCode.NotFound, await StatusAsync(() => SetAsync(new SetCalendarRequest { TeamId = "team_none", MonthEndsOn = true, IdempotencyKey = "three" })));
        var none = await Assert.ThrowsAsync<RpcException>(() => Calendars.RemoveCalendarAsync(new RemoveCalendarRequest { IdempotencyKey = "four" }, As(Role.Owner)).ResponseAsync);
        Assert.Equal(Reasons.CalendarNotFound, RpcErrors.ReasonOf(none));
        Assert.Equal(StatusCode.InvalidArgument, await StatusAsync(() => ListAsync(new ListCalendarsRequest { Limit = 51 })));
    }

    [Fact]
    public async Task Changes_at_once_are_numbered_one_after_the_other()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(place => SetAsync(new SetCalendarRequest { MonthEndsOn = place % 2 == 0, IdempotencyKey = $"set-{place}" })));

        Assert.Equal([8, 7, 6, 5, 4, 3, 2, 1], (await ListAsync(new ListCalendarsRequest { Changes = true })).Select(change => change.Number));
    }

    [Fact]
    public async Task A_calendar_changes_the_forecast_at_once_and_is_published_when_changes_have_come_to_rest()
    {
        await SpendAsync();
        var (plain, before, published) = (await LayersAsync(), await ForecastAsync(), (await PublishAsync())!);
        Assert.Null(plain.Calendar);
        await SetAsync(new SetCalendarRequest { Holidays = Holidays, IdempotencyKey = "one" });
        Assert.Null(await PublishAsync());
        var (with, told) = (await LayersAsync(), await ForecastAsync());

        // The nineteenth is a holiday, on which a tenth of what is usual is spent.
        long Nineteenth(ForecastView view) => view.Days.Single(day => day.Date == "2026-06-19").P50Nanos;
        Assert.InRange(Nineteenth(before), 1_800_000_000, 2_200_000_000);
        Assert.InRange(Nineteenth(told), 150_000_000, 250_000_000);
        Assert.True(Month(with) < Month(plain));
        Assert.Equal(Month(with), told.MonthEndP50Nanos);
        Assert.Contains("The calendar (change 1) looks for holidays", told.Explanation, StringComparison.Ordinal);
        Assert.Contains(with.Notes, note => note.Contains("2026-06-19 Bridge day", StringComparison.Ordinal));
        Assert.Equal(("2026-06-19", 1), (with.Calendar.LastHoliday, with.Calendar.Effects.Single().Segments));

        _forecast.Time.Advance(TimeSpan.FromMinutes(2));
        var next = (await PublishAsync())!;
        Assert.Equal((0, 1, PublicationReason.CalendarChange), (published.Inputs.Calendar, next.Inputs.Calendar, next.Reason));
        Assert.Equal(1, (await _forecast.Get<ShowVersions>().ListAsync(new ListVersionsRequest { Limit = 1 }, Cancellation)).Versions.Single().Calendar);

        // Of another replica, which knew nothing of it, and once it is gone.
        await using var replica = _forecast.Services();
        Assert.Equal(Month(await LayersAsync()), Month(await replica.GetRequiredService<GetLayers>().RunAsync(new GetLayersRequest(), Cancellation)));
        await Calendars.RemoveCalendarAsync(new RemoveCalendarRequest { IdempotencyKey = "two" }, As(Role.BillingAdmin));
        Assert.Null((await LayersAsync()).Calendar);
        Assert.True(Month(await LayersAsync()) > Month(with));
    }

    private static HolidayList Holidays => new()
    {
        Days =
        {
            Past.Select(day => new CalendarHoliday { Day = day }),
            new CalendarHoliday { Day = "2026-06-19", Name = "Bridge day" },
        },
    };

    /// <summary>About two dollars a day, and a tenth of it on holidays.</summary>
    private async Task SpendAsync()
    {
        var (holidays, random) = (Holidays.Days.Select(holiday => holiday.Day).ToHashSet(), new Random(1));
        await _forecast.Usage.AddAsync(
            Batch([.. Enumerable.Range(1, 130).Select(day => Now.AddDays(-day)).Select(on => Call(
                on, (long)((1.9e9 + (2e8 * random.NextDouble())) * (holidays.Contains(on.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)) ? 0.1 : 1))))]),
            Now, Cancellation);
    }

    private static long Month(LayeredForecast forecast) => forecast.Periods[0].Layers.Single(layer => layer.Layer == Layer.Total).P50Nanos;

    private static SetCalendarRequest Christmas(string key) => new()
    {
        Holidays = new HolidayList { Days = { new CalendarHoliday { Day = "2026-12-25", Name = "Christmas Day" }, new CalendarHoliday { Day = "2025-12-25", Name = "Christmas Day" } } },
        Note = "of Bavaria", IdempotencyKey = key,
    };

    private Task<LayeredForecast> LayersAsync() => _forecast.Get<GetLayers>().RunAsync(new GetLayersRequest(), Cancellation);

    private Task<ForecastView> ForecastAsync() => _forecast.Get<GetForecast>().RunAsync(new GetForecastRequest(), Cancellation);

    private Task<VersionHead?> PublishAsync() => _forecast.Get<PublishForecasts>().RunAsync(Cancellation);

    private async Task<ForecastCalendar> SetAsync(SetCalendarRequest request) => await Calendars.SetCalendarAsync(request, As(Role.BillingAdmin));

    private async Task<IReadOnlyList<ForecastCalendar>> ListAsync(ListCalendarsRequest request) => (await Calendars.ListCalendarsAsync(request, As(Role.Viewer))).Calendars;

    private static CallOptions As(Role role) => RolesByName.As(role, Cancellation);
}
