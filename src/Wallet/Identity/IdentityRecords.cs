using Google.Protobuf;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

internal sealed record OrganisationRow(string Name, string Currency, long Revision);

/// <param name="TeamId">Empty for keys that are no team's.</param>
/// <param name="Revision">Of the key's last change.</param>
internal sealed record KeyRow(
    string KeyId,
    byte[] SecretSha256,
    string Hint,
    string Name,
    Role Role,
    string TeamId,
    string Workload,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RevokedAt,
    long Revision)
{
    public ApiKey ToContract() => new()
    {
        KeyId = KeyId,
        Name = Name,
        Role = Role,
        TeamId = TeamId,
        Workload = Workload,
        Hint = Hint,
        CreatedAt = CreatedAt.ToTimestampUtc(),
        RevokedAt = RevokedAt.ToTimestampUtc(),
    };

    public DirectoryKey ToDirectory() => new()
    {
        KeyId = KeyId,
        SecretSha256 = ByteString.CopyFrom(SecretSha256),
        Role = Role,
        TeamId = TeamId,
        Workload = Workload,
        Name = Name,
        Revoked = RevokedAt is not null,
    };
}

/// <summary>One line of the audit log. Before and after are JSON without secrets; null where there is nothing.</summary>
internal sealed record AuditEntry(string Actor, string Action, string Subject, string? Before, string? After);
