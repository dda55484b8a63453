using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts.Channels;
using Platform.Metering.Alerts.Delivery;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Metering.Alerts;

/// <summary>Alerts and channels on the wire.</summary>
internal sealed class AlertsService(
    ListAlerts list, AcknowledgeAlert acknowledge, TestChannel test, ChannelStore channels, ChannelCheck check, ChangeChannel change, ReplayDelivery replay,
    TimeProvider time) : Contracts.Metering.V1.Alerts.AlertsBase
{
    [RequireRole(Role.Viewer)]
    public override Task<ListAlertsResponse> ListAlerts(ListAlertsRequest request, ServerCallContext context) =>
        list.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<Alert> GetAlert(GetAlertRequest request, ServerCallContext context) => list.GetAsync(request, context.CancellationToken);

    [RequireRole(Role.Editor)]
    public override Task<Alert> AcknowledgeAlert(AcknowledgeAlertRequest request, ServerCallContext context) =>
        acknowledge.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<Alert> TestChannel(TestChannelRequest request, ServerCallContext context) =>
        test.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override async Task<ListChannelsResponse> ListChannels(ListChannelsRequest request, ServerCallContext context)
    {
        var now = time.GetUtcNow();
        return new ListChannelsResponse
        {
            Channels = { (await channels.ListAsync(context.CancellationToken)).Select(channel => channel.ToContract(now, check.ProblemOf(channel))) },
        };
    }

    [RequireRole(Role.BillingAdmin)]
    public override Task<ChannelWithSecret> CreateChannel(CreateChannelRequest request, ServerCallContext context) =>
        change.CreateAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<AlertChannel> UpdateChannel(UpdateChannelRequest request, ServerCallContext context) =>
        change.UpdateAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<ChannelWithSecret> RotateChannelSecret(RotateChannelSecretRequest request, ServerCallContext context) =>
        change.RotateAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<AlertChannel> RemoveChannel(RemoveChannelRequest request, ServerCallContext context) =>
        change.RemoveAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<ListDeadDeliveriesResponse> ListDeadDeliveries(ListDeadDeliveriesRequest request, ServerCallContext context) =>
        list.ListDeadAsync(request, context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<AlertDelivery> ReplayDelivery(ReplayDeliveryRequest request, ServerCallContext context) =>
        replay.RunAsync(request, context.CancellationToken);

    private static string Actor(ServerCallContext context) => context.GetCaller().KeyId;
}
