using Google.Protobuf;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Wallet.Identity;

internal sealed record OrganisationRow(string Name, string Currency, long Revision);

/// <summary>Something that the directory's followers know: its revision is the organisation's at its last change.</summary>
internal interface IDirectoryRow
{
    long Revision { get; }
}

internal sealed record TeamState(string TeamId, bool Frozen, long Revision) : IDirectoryRow;

internal sealed record UserState(string UserId, bool Disabled, long Revision) : IDirectoryRow;

/// <summary>An API key. Texts that are not set are empty.</summary>
internal sealed record KeyRow : IDirectoryRow
{
    public required string KeyId { get; init; }

    public required byte[] SecretSha256 { get; init; }

    public required string Hint { get; init; }

    public required string Name { get; init; }

    public required Role Role { get; init; }

    /// <summary>Empty for keys that are no team's.</summary>
    public string TeamId { get; init; } = "";

    public string UserId { get; init; } = "";

    public string ApplicationId { get; init; } = "";

    /// <summary>Of a lease holder's key: the platform's name within its team.</summary>
    public string Holder { get; init; } = "";

    public string Workload { get; init; } = "";

    public IReadOnlyList<string> AllowedModels { get; init; } = [];

    public IReadOnlyList<string> AllowedLanes { get; init; } = [];

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? FrozenAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public string Replaces { get; init; } = "";

    public string ReplacedBy { get; init; } = "";

    /// <summary>The first of the keys that it was rotated from, or itself. Read, never written.</summary>
    public string LineKeyId { get; init; } = "";

    public required long Revision { get; init; }

    public ApiKey ToContract() => new()
    {
        KeyId = KeyId,
        Name = Name,
        Role = Role,
        TeamId = TeamId,
        UserId = UserId,
        ApplicationId = ApplicationId,
        Workload = Workload,
        AllowedModels = { AllowedModels },
        AllowedLanes = { AllowedLanes },
        Hint = Hint,
        CreatedAt = CreatedAt.ToTimestampUtc(),
        ExpiresAt = ExpiresAt.ToTimestampUtc(),
        FrozenAt = FrozenAt.ToTimestampUtc(),
        RevokedAt = RevokedAt.ToTimestampUtc(),
        ReplacesKeyId = Replaces,
        ReplacedByKeyId = ReplacedBy,
        Holder = Holder,
    };

    public DirectoryKey ToDirectory() => new()
    {
        KeyId = KeyId,
        SecretSha256 = UnsafeByteOperations.UnsafeWrap(SecretSha256),
        Role = Role,
        TeamId = TeamId,
        UserId = UserId,
        ApplicationId = ApplicationId,
        Workload = Workload,
        AllowedModels = { AllowedModels },
        AllowedLanes = { AllowedLanes },
        Name = Name,
        ExpiresAt = ExpiresAt.ToTimestampUtc(),
        Frozen = FrozenAt is not null,
        Revoked = RevokedAt is not null,
        Holder = Holder,
        LineKeyId = LineKeyId,
    };

    public Caller ToCaller() => new(KeyId, Name, Role, TeamId, Workload)
    {
        UserId = UserId, ApplicationId = ApplicationId, AllowedModels = AllowedModels, AllowedLanes = AllowedLanes,
        Holder = LeaseHolders.NameOf(TeamId, Holder), LineKeyId = LineKeyId,
    };
}

/// <summary>One line of the audit log. Before and after are JSON without secrets; null where there is nothing.</summary>
internal sealed record AuditEntry(string Actor, string Action, string Subject, string? Before, string? After);
