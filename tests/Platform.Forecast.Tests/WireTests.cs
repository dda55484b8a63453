using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.Forecast.Accuracy;
using Platform.Forecast.Projection;
using Platform.Forecast.Publishing;
using Platform.Forecast.Series;
using Platform.Forecast.Versions;
using Platform.ServiceDefaults.Identity;
using Platform.Testing;
using static Platform.Forecast.Tests.Usage;
using static Platform.Testing.RolesByName;

namespace Platform.Forecast.Tests;

/// <summary>Versions, their accuracy and forecasts of all teams over a real connection: who may call what.</summary>
public sealed class WireTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = Utc("2026-06-10T15:20:00");
    private ForecastFixture _forecast = null!;
    private ForecastWire _wire = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _forecast = await ForecastFixture.CreateAsync(Now, Cancellation);
        _forecast.Organisation.Teams.Add("team_support");
        await _forecast.Usage.AddAsync(Batch([.. Enumerable.Range(1, 20).Select(day => Call(Now.AddDays(-day), 1_000_000_000))]), Now, Cancellation);
        _wire = await ForecastWire.StartAsync(
            _forecast,
            services => services
                .AddSingleton(_forecast.Get<PublishVersion>()).AddSingleton(_forecast.Get<ShowVersions>()).AddSingleton(_forecast.Get<CompareVersions>())
                .AddSingleton(_forecast.Get<GetAccuracy>()).AddSingleton<IKeysById>(new NamedKeys())
                .AddSingleton(_forecast.Get<GetForecast>()).AddSingleton(_forecast.Get<ListForecasts>()).AddSingleton(_forecast.Get<GetSeries>()),
            app =>
            {
                app.MapGrpcService<VersionsService>();
                app.MapGrpcService<AccuracyService>();
                app.MapGrpcService<ForecastService>();
            },
            Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _wire.DisposeAsync();
        await _forecast.DisposeAsync();
    }

    [Theory]
    [InlineData(Role.BillingAdmin, StatusCode.OK)]
    [InlineData(Role.Owner, StatusCode.OK)]
    [InlineData(Role.Editor, StatusCode.PermissionDenied)]
    [InlineData(Role.Viewer, StatusCode.PermissionDenied)]
    public async Task A_version_is_published_by_billing_admins(Role role, StatusCode expected)
    {
        var publish = new PublishVersionRequest { IdempotencyKey = "one" };
        Assert.Equal(expected, await StatusAsync(() => Versions.PublishVersionAsync(publish, As(role)).ResponseAsync));
        Assert.Equal(expected == StatusCode.OK ? 1 : 0, (await Versions.ListVersionsAsync(new ListVersionsRequest(), As(Role.Viewer))).Versions.Count);
    }

    [Fact]
    public async Task Viewers_read_all_of_it_and_inference_keys_nothing()
    {
        await Versions.PublishVersionAsync(new PublishVersionRequest { IdempotencyKey = "one" }, As(Role.BillingAdmin));
        Assert.Equal("team_support", (await Versions.GetVersionAsync(new GetVersionRequest { Version = 1, TeamId = "team_support" }, As(Role.Viewer))).TeamId);
        Assert.Empty((await Versions.CompareVersionsAsync(new CompareVersionsRequest { FromVersion = 1, ToVersion = 1 }, As(Role.Viewer))).Differences);
        Assert.Equal("not_enough", (await Accuracy.GetAccuracyAsync(new GetAccuracyRequest(), As(Role.Viewer))).Maturity.Band);

        var inference = As(Role.Inference);
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Versions.ListVersionsAsync(new ListVersionsRequest(), inference).ResponseAsync));
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Accuracy.GetAccuracyAsync(new GetAccuracyRequest(), inference).ResponseAsync));
    }

    [Fact]
    public async Task Forecasts_of_all_teams_are_a_stream_for_viewers_and_inference_keys_read_nothing_of_it()
    {
        var client = new Contracts.Forecast.V1.Forecast.ForecastClient(_wire.Channel);
        using var call = client.ListForecasts(new ListForecastsRequest { Days = 1 }, As(Role.Viewer));
        var views = new List<ForecastView>();
        await foreach (var view in call.ResponseStream.ReadAllAsync(Cancellation))
        {
            views.Add(view);
        }

        Assert.Equal(["", "team_support"], views.Select(view => view.TeamId));
        Assert.All(views, view => Assert.Single(view.Days));
        Assert.Equal(StatusCode.PermissionDenied, await FirstAsync(1, Role.Inference));
        Assert.Equal(StatusCode.InvalidArgument, await FirstAsync(91, Role.Viewer));

        async Task<StatusCode> FirstAsync(int days, Role role)
        {
            using var refused = client.ListForecasts(new ListForecastsRequest { Days = days }, As(role));
            return await StatusAsync(() => refused.ResponseStream.MoveNext(Cancellation));
        }
    }

    [Fact]
    public async Task Who_published_is_told_by_the_keys_name_of_now_and_the_service_by_its_own()
    {
        var published = await Versions.PublishVersionAsync(new PublishVersionRequest { IdempotencyKey = "one" }, As(Role.BillingAdmin));
        await _forecast.Get<PublishForecasts>().RunAsync(Cancellation);
        var listed = (await Versions.ListVersionsAsync(new ListVersionsRequest(), As(Role.Viewer))).Versions;
        var compared = await Versions.CompareVersionsAsync(new CompareVersionsRequest { FromVersion = 1, ToVersion = 2 }, As(Role.Viewer));

        Assert.Equal(("key_test", "Finance"), (published.PublishedBy, published.PublishedByName));
        Assert.Equal([("forecast", ""), ("key_test", "Finance")], listed.Select(version => (version.PublishedBy, version.PublishedByName)));
        Assert.Equal("Finance", (await Versions.GetVersionAsync(new GetVersionRequest { Version = 1 }, As(Role.Viewer))).Version.PublishedByName);
        Assert.Equal(("Finance", ""), (compared.From.PublishedByName, compared.To.PublishedByName));
    }

    [Theory]
    [InlineData(0, "", StatusCode.NotFound, Reasons.ForecastVersionNotFound)]
    [InlineData(-1, "", StatusCode.NotFound, Reasons.ForecastVersionNotFound)]
    [InlineData(2, "", StatusCode.NotFound, Reasons.ForecastVersionNotFound)]
    [InlineData(1, "team_none", StatusCode.NotFound, Reasons.TeamNotFound)]
    [InlineData(1, "\0", StatusCode.NotFound, Reasons.TeamNotFound)]
    public async Task What_is_not_there_is_said(long version, string team, StatusCode code, string reason)
    {
        await Versions.PublishVersionAsync(new PublishVersionRequest { IdempotencyKey = "one" }, As(Role.BillingAdmin));
        var refused = await Assert.ThrowsAsync<RpcException>(() => Versions.GetVersionAsync(new GetVersionRequest { Version = version, TeamId = team }, As(Role.Viewer)).ResponseAsync);

        Assert.Equal((code, reason), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
        _forecast.Organisation.Teams.Add("team_later");
        Assert.Empty((await Versions.GetVersionAsync(new GetVersionRequest { Version = 1, TeamId = "team_later" }, As(Role.Viewer))).Targets);
        Assert.Equal(StatusCode.InvalidArgument, await StatusAsync(() => Versions.ListVersionsAsync(new ListVersionsRequest { Limit = 501 }, As(Role.Viewer)).ResponseAsync));
        Assert.Equal(StatusCode.InvalidArgument, await StatusAsync(() => Versions.ListVersionsAsync(new ListVersionsRequest { Reason = (PublicationReason)77 }, As(Role.Viewer)).ResponseAsync));
        Assert.Equal(StatusCode.NotFound, await StatusAsync(() => Accuracy.GetAccuracyAsync(new GetAccuracyRequest { Version = 9 }, As(Role.Viewer)).ResponseAsync));
        var noMoment = new GetAccuracyRequest { Since = new Google.Protobuf.WellKnownTypes.Timestamp { Seconds = 1_750_000_000, Nanos = -1 } };
        Assert.Equal(StatusCode.InvalidArgument, await StatusAsync(() => Accuracy.GetAccuracyAsync(noMoment, As(Role.Viewer)).ResponseAsync));
    }

    private Contracts.Forecast.V1.Versions.VersionsClient Versions => new(_wire.Channel);

    private Contracts.Forecast.V1.Accuracy.AccuracyClient Accuracy => new(_wire.Channel);

    private sealed class NamedKeys : IKeysById
    {
        public bool IsCurrent => true;

        public KeyStanding FindById(string keyId, out Caller? caller)
        {
            caller = keyId == "key_test" ? new Caller(keyId, "Finance", Role.BillingAdmin, "", "") : null;
            return caller is null ? KeyStanding.Unknown : KeyStanding.Usable;
        }
    }

    private static CallOptions As(Role role) => RolesByName.As(role, Cancellation);
}
