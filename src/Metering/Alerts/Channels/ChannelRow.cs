using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Alerts.Channels;

/// <summary>Where alerts are sent, with what nobody is shown.</summary>
/// <param name="Target">A URL, which may be a secret itself, or an address; empty: the owner of the alert's team.</param>
/// <param name="Secret">Of a webhook; null for others.</param>
internal sealed record ChannelRow(
    string ChannelId,
    string Name,
    ChannelType Type,
    string Target,
    byte[]? Secret,
    byte[]? PreviousSecret,
    DateTimeOffset? PreviousUntil,
    IReadOnlyList<AlertKind> Kinds,
    IReadOnlyList<string> TeamIds,
    AlertSeverity MinimumSeverity,
    bool Enabled,
    string DisabledReason,
    bool Removed,
    DateTimeOffset CreatedAt,
    DateTimeOffset ChangedAt,
    string ChangedBy)
{
    /// <summary>What a message is signed with: the secret, and the one before until its end.</summary>
    public IEnumerable<byte[]> SecretsAt(DateTimeOffset now)
    {
        yield return Secret!;
        if (PreviousSecret is not null && now < PreviousUntil)
        {
            yield return PreviousSecret;
        }
    }

    /// <param name="problem">Why it cannot work as the service is configured; empty when it can.</param>
    public AlertChannel ToContract(DateTimeOffset now, string problem) => new()
    {
        ChannelId = ChannelId,
        Name = Name,
        Type = Type,
        Target = Shown,
        Kinds = { Kinds },
        TeamIds = { TeamIds },
        MinimumSeverity = MinimumSeverity,
        Enabled = Enabled,
        Problem = Enabled ? problem : DisabledReason,
        PreviousSecretUntil = now < PreviousUntil ? PreviousUntil.ToTimestampUtc() : null,
        CreatedAt = CreatedAt.ToTimestampUtc(),
        ChangedAt = ChangedAt.ToTimestampUtc(),
        ChangedBy = ChangedBy,
    };

    // Of a URL neither path nor query: that of a Slack message is all that it takes to post there.
    private string Shown => Type == ChannelType.Email ? Target : new Uri(Target).GetLeftPart(UriPartial.Authority);
}
