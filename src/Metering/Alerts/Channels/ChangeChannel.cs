using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts.Delivery;
using Platform.Postgres;

namespace Platform.Metering.Alerts.Channels;

/// <summary>Makes channels and changes them. A webhook's secret is in the answer that makes it and in the channel's row, and nowhere else.</summary>
internal sealed class ChangeChannel(Changes changes, ChannelCheck check)
{
    private const long LongestOverlapSeconds = 30 * 24 * 3600;

    public async Task<ChannelWithSecret> CreateAsync(CreateChannelRequest request, string actor, CancellationToken cancellationToken)
    {
        await check.RequireAsync(request, cancellationToken);
        return await changes.RunAsync(
            "CreateChannel", request.IdempotencyKey, request, ChannelWithSecret.Parser,
            async (transaction, now) =>
            {
                var channel = New(request, actor, now);
                RequireName(await ChannelStore.TryInsertAsync(transaction, channel, cancellationToken), channel.Name);
                return WithSecret(channel, now);
            },
            cancellationToken, WithoutSecret);
    }

    public async Task<AlertChannel> UpdateAsync(UpdateChannelRequest request, string actor, CancellationToken cancellationToken)
    {
        ChannelCheck.Require(request.HasName ? Validation.Id("name", request.Name) : null);
        ChannelCheck.Require(Enum.IsDefined(request.MinimumSeverity) ? null : "minimum_severity must be info, warning or critical.");
        ChannelCheck.RequireKinds(request.Kinds?.Kinds ?? []);
        await check.RequireTeamsAsync(request.Teams?.TeamIds ?? [], cancellationToken);
        return await changes.RunAsync(
            "UpdateChannel", request.IdempotencyKey, request, AlertChannel.Parser,
            async (transaction, now) =>
            {
                var channel = Changed(await LockAsync(transaction, request.ChannelId, cancellationToken), request) with { ChangedAt = now, ChangedBy = actor };
                RequireName(await ChannelStore.TryUpdateAsync(transaction, channel, cancellationToken), channel.Name);
                return channel.ToContract(now, check.ProblemOf(channel));
            },
            cancellationToken);
    }

    public Task<ChannelWithSecret> RotateAsync(RotateChannelSecretRequest request, string actor, CancellationToken cancellationToken)
    {
        ChannelCheck.Require(
            request.OverlapSeconds is >= 0 and <= LongestOverlapSeconds ? null : $"overlap_seconds must be 0 to {LongestOverlapSeconds}; it is {request.OverlapSeconds}.");
        return changes.RunAsync(
            "RotateChannelSecret", request.IdempotencyKey, request, ChannelWithSecret.Parser,
            async (transaction, now) =>
            {
                var before = await LockAsync(transaction, request.ChannelId, cancellationToken);
                ChannelCheck.Require(before.Secret is null ? $"Channel {before.Name} is no webhook: its messages are not signed." : null);
                var channel = before with
                {
                    Secret = WebhookSignature.NewSecret(), PreviousSecret = before.Secret, PreviousUntil = now.AddSeconds(request.OverlapSeconds), ChangedAt = now,
                    ChangedBy = actor,
                };
                await ChannelStore.TryUpdateAsync(transaction, channel, cancellationToken);
                return WithSecret(channel, now);
            },
            cancellationToken, WithoutSecret);
    }

    public Task<AlertChannel> RemoveAsync(RemoveChannelRequest request, string actor, CancellationToken cancellationToken) => changes.RunAsync(
        "RemoveChannel", request.IdempotencyKey, request, AlertChannel.Parser,
        async (transaction, now) =>
        {
            var channel = await LockAsync(transaction, request.ChannelId, cancellationToken) with
            {
                Enabled = false, DisabledReason = "It was removed.", Removed = true, ChangedAt = now, ChangedBy = actor,
            };
            await ChannelStore.TryUpdateAsync(transaction, channel, cancellationToken);
            await DeliveryStore.GiveUpAllAsync(transaction, channel.ChannelId, "Its channel was removed.", cancellationToken);
            return channel.ToContract(now, "");
        },
        cancellationToken);

    private static async Task<ChannelRow> LockAsync(NpgsqlTransaction transaction, string channelId, CancellationToken cancellationToken) =>
        await ChannelStore.LockAsync(transaction, channelId, cancellationToken) ?? throw NotFound(channelId);

    public static RpcException NotFound(string channelId) =>
        RpcErrors.NotFound(Reasons.ChannelNotFound, $"There is no channel '{Validation.Shown(channelId)}'. kt alerts channels list shows them.");

    private static void RequireName(bool isFree, string name)
    {
        if (!isFree)
        {
            throw RpcErrors.Create(StatusCode.AlreadyExists, Reasons.ChannelExists, $"There is a channel '{name}' already. Choose another name, or remove that one.");
        }
    }

    private static ChannelRow New(CreateChannelRequest request, string actor, DateTimeOffset now) => new(
        $"chn_{Guid.CreateVersion7(now):N}", request.Name, request.Type, request.Target, request.Type == ChannelType.Webhook ? WebhookSignature.NewSecret() : null,
        null, null, [.. request.Kinds.Distinct()], [.. request.TeamIds.Distinct()],
        request.MinimumSeverity == AlertSeverity.Unspecified ? AlertSeverity.Info : request.MinimumSeverity, true, "", false, now, now, actor);

    private static ChannelRow Changed(ChannelRow channel, UpdateChannelRequest request)
    {
        var enabled = request.HasEnabled ? request.Enabled : channel.Enabled;
        return channel with
        {
            Name = request.HasName ? request.Name : channel.Name,
            Kinds = request.Kinds is { } kinds ? [.. kinds.Kinds.Distinct()] : channel.Kinds,
            TeamIds = request.Teams is { } teams ? [.. teams.TeamIds.Distinct()] : channel.TeamIds,
            MinimumSeverity = request.MinimumSeverity == AlertSeverity.Unspecified ? channel.MinimumSeverity : request.MinimumSeverity,
            Enabled = enabled,
            DisabledReason = enabled ? "" : channel.Enabled ? "Somebody disabled it." : channel.DisabledReason,
        };
    }

    private ChannelWithSecret WithSecret(ChannelRow channel, DateTimeOffset now) => new()
    {
        Channel = channel.ToContract(now, check.ProblemOf(channel)),
        Secret = channel.Secret is { } secret ? WebhookSignature.ToText(secret) : "",
    };

    private static ChannelWithSecret WithoutSecret(ChannelWithSecret answer) => new() { Channel = answer.Channel };
}
