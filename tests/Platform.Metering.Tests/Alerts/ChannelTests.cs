using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts;
using Platform.Metering.Alerts.Channels;
using Platform.Metering.Alerts.Delivery;

namespace Platform.Metering.Tests.Alerts;

/// <summary>Making, changing and removing channels; what they take; what of them is shown.</summary>
public sealed class ChannelTests : IAsyncLifetime
{
    private AlertsFixture _alerts = null!;

    public async ValueTask InitializeAsync() => _alerts = await AlertsFixture.CreateAsync();

    public ValueTask DisposeAsync() => _alerts.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Secret_is_in_the_first_answer_only_and_of_a_url_the_host_alone_is_shown()
    {
        var request = new CreateChannelRequest
        {
            Name = "pager", Type = ChannelType.Webhook, Target = "https://hooks.example.com/T0/B0/token?x=y", IdempotencyKey = AlertsFixture.Key(),
        };
        var first = await Change.CreateAsync(request, "key_1", Token);
        var repeat = await Change.CreateAsync(request, "key_1", Token);

        Assert.StartsWith("whsec_", first.Secret, StringComparison.Ordinal);
        Assert.Equal(32, Convert.FromBase64String(first.Secret[6..]).Length);
        Assert.Equal(("", first.Channel), (repeat.Secret, repeat.Channel));
        Assert.Equal("https://hooks.example.com", first.Channel.Target);
        var secret = Convert.ToHexStringLower(Convert.FromBase64String(first.Secret[6..]));
        Assert.False(await _alerts.Metering.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM idempotency WHERE strpos(encode(response, 'escape'), '{first.Secret}') > 0 OR strpos(encode(response, 'hex'), '{secret}') > 0)"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Name_is_unique_until_its_channel_is_removed()
    {
        var channel = (await NamedAsync("pager")).Channel;
        var taken = await Assert.ThrowsAsync<RpcException>(() => NamedAsync("pager"));
        Assert.Equal((StatusCode.AlreadyExists, Reasons.ChannelExists), (taken.StatusCode, RpcErrors.ReasonOf(taken)));

        var low = await _alerts.RaiseAsync();
        var removal = new RemoveChannelRequest { ChannelId = channel.ChannelId, IdempotencyKey = AlertsFixture.Key() };
        await Change.RemoveAsync(removal, "key_1", Token);
        Assert.False((await Change.RemoveAsync(removal, "key_1", Token)).Enabled);
        Assert.Equal(DeliveryState.Dead, (await _alerts.DeliveryAsync(low.EventId)).State);
        await NamedAsync("pager");

        var delivery = await _alerts.DeliveryAsync(low.EventId);
        var gone = await Assert.ThrowsAsync<RpcException>(() => _alerts.Get<ReplayDelivery>().RunAsync(
            new ReplayDeliveryRequest { DeliveryId = delivery.DeliveryId, IdempotencyKey = AlertsFixture.Key() }, Token));
        Assert.Equal(Reasons.ChannelNotFound, RpcErrors.ReasonOf(gone));
    }

    [Fact(Timeout = 300_000)]
    public async Task Rotated_secret_signs_beside_the_one_before_until_the_overlap_ends()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var before = await _alerts.ChannelAsync(ChannelType.Webhook, receiver.Url);
        var after = await Change.RotateAsync(
            new RotateChannelSecretRequest { ChannelId = before.Channel.ChannelId, OverlapSeconds = 3600, IdempotencyKey = AlertsFixture.Key() }, "key_1", Token);
        Assert.NotEqual(before.Secret, after.Secret);

        await _alerts.RaiseAsync();
        await _alerts.DeliverAsync();
        _alerts.Time.Advance(TimeSpan.FromHours(1));
        await _alerts.RaiseAsync();
        await _alerts.DeliverAsync();

        var messages = receiver.Messages.ToList();
        Assert.Equal((2, true, true), (messages[0].Signatures.Count, messages[0].IsSignedBy(before.Secret), messages[0].IsSignedBy(after.Secret)));
        Assert.Equal((1, false, true), (messages[1].Signatures.Count, messages[1].IsSignedBy(before.Secret), messages[1].IsSignedBy(after.Secret)));
    }

    [Fact(Timeout = 300_000)]
    public async Task Channel_takes_only_the_kinds_teams_and_severities_that_it_names()
    {
        await AddAsync("all", _ => { });
        await AddAsync("critical", request => request.MinimumSeverity = AlertSeverity.Critical);
        await AddAsync("search", request => request.TeamIds.Add("team_search"));
        await AddAsync("budgets", request => request.Kinds.Add(AlertKind.BudgetThreshold));

        Assert.Equal(["all"], await TakersAsync(20, "team_support"));
        Assert.Equal(["all", "critical", "search"], await TakersAsync(5, "team_search"));
        Assert.Equal(["all"], await TakersAsync(20, ""));

        var budgets = (await _alerts.Get<ChannelStore>().ListAsync(Token)).Single(channel => channel.Name == "budgets");
        await Change.UpdateAsync(
            new UpdateChannelRequest { ChannelId = budgets.ChannelId, Kinds = new AlertKinds { Kinds = { AlertKind.WalletLow } }, Name = "wallets", IdempotencyKey = AlertsFixture.Key() },
            "key_1", Token);
        await Change.UpdateAsync(new UpdateChannelRequest { ChannelId = await IdAsync("all"), Enabled = false, IdempotencyKey = AlertsFixture.Key() }, "key_1", Token);
        Assert.Equal(["wallets"], await TakersAsync(20, ""));
    }

    [Theory(Timeout = 300_000)]
    [InlineData("Pager", ChannelType.Webhook, "https://example.com/", "name")]
    [InlineData("pager", ChannelType.Unspecified, "https://example.com/", "type")]
    [InlineData("pager", ChannelType.Webhook, "", "target")]
    [InlineData("pager", ChannelType.Webhook, "ftp://example.com/", "target")]
    [InlineData("pager", ChannelType.Webhook, "https://user:password@example.com/", "user and password")]
    [InlineData("pager", ChannelType.Slack, "https://10.0.0.1/", "not a public address")]
    [InlineData("pager", ChannelType.Slack, "https://[::ffff:169.254.169.254]/", "not a public address")]
    [InlineData("pager", ChannelType.Email, "nobody", "target")]
    [InlineData("pager", (ChannelType)9, "x", "type")]
    public async Task Channel_that_cannot_be_is_refused_with_what_to_change(string name, ChannelType type, string target, string named)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => Change.CreateAsync(
            new CreateChannelRequest { Name = name, Type = type, Target = target, IdempotencyKey = AlertsFixture.Key() }, "key_1", Token));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Contains(named, refused.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(await _alerts.Get<ChannelStore>().ListAsync(Token));
    }

    [Fact(Timeout = 300_000)]
    public async Task Test_goes_to_its_channel_alone_whatever_it_takes_and_is_no_open_alert()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await AddAsync("other", _ => { });
        var channel = (await _alerts.ChannelAsync(ChannelType.Webhook, receiver.Url, request => request.MinimumSeverity = AlertSeverity.Critical)).Channel;
        var request = new TestChannelRequest { ChannelId = channel.ChannelId, IdempotencyKey = AlertsFixture.Key() };

        var alert = await _alerts.Get<TestChannel>().RunAsync(request, "key_1", Token);
        Assert.Equal(alert.AlertId, (await _alerts.Get<TestChannel>().RunAsync(request, "key_1", Token)).AlertId);
        Assert.Equal(1, await _alerts.DeliverAsync());

        Assert.Contains("alert.test", Assert.Single(receiver.Messages).Text, StringComparison.Ordinal);
        Assert.Empty((await _alerts.Get<ListAlerts>().RunAsync(new ListAlertsRequest(), Token)).Alerts);
        await Change.UpdateAsync(new UpdateChannelRequest { ChannelId = channel.ChannelId, Enabled = false, IdempotencyKey = AlertsFixture.Key() }, "key_1", Token);
        var disabled = await Assert.ThrowsAsync<RpcException>(() => _alerts.Get<TestChannel>().RunAsync(
            new TestChannelRequest { ChannelId = channel.ChannelId, IdempotencyKey = AlertsFixture.Key() }, "key_1", Token));
        Assert.Equal(Reasons.ChannelDisabled, RpcErrors.ReasonOf(disabled));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ChangeChannel Change => _alerts.Get<ChangeChannel>();

    private Task<ChannelWithSecret> NamedAsync(string name) =>
        _alerts.ChannelAsync(ChannelType.Webhook, "https://example.com/", request => request.Name = name);

    private Task<ChannelWithSecret> AddAsync(string name, Action<CreateChannelRequest> with) => _alerts.ChannelAsync(ChannelType.Webhook, "https://example.com/", request =>
    {
        request.Name = name;
        with(request);
    });

    private async Task<string> IdAsync(string name) => (await _alerts.Get<ChannelStore>().ListAsync(Token)).Single(channel => channel.Name == name).ChannelId;

    private async Task<IEnumerable<string>> TakersAsync(int level, string team)
    {
        var low = await _alerts.RaiseAsync(level, team);
        return (await _alerts.AlertAsync(low.EventId)).Deliveries.Select(delivery => delivery.ChannelName);
    }
}
