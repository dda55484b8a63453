using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Testing;

/// <summary>Keys for services that are called by gRPC without a Wallet beside them: a token is the name of the role that it has.</summary>
public sealed class RolesByName : IKeyDirectory
{
    private int _refused;

    public bool IsCurrent { get; set; } = true;

    /// <summary>Of every token that names a role, from now on.</summary>
    public KeyStanding Standing { get; set; } = KeyStanding.Usable;

    /// <summary>How often a key that may not be used any longer was looked up.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>What the one lease holder is called; its team is team_support.</summary>
    public const string Holder = "holder/team_support/agents";

    /// <summary>What its key says that its calls are, where they do not say it themselves.</summary>
    public const string HoldersWorkload = "research";

    /// <summary>What a caller of the role sends.</summary>
    public static CallOptions As(Role role, CancellationToken cancellationToken) => new(new Metadata { { "authorization", $"Bearer {role}" } }, cancellationToken: cancellationToken);

    public KeyStanding Find(string secret, out Caller? caller)
    {
        caller = !Enum.TryParse<Role>(secret, out var role) ? null
            : role == Role.LeaseHolder ? new Caller("key_test", secret, role, "team_support", HoldersWorkload) { Holder = Holder }
            : new Caller("key_test", secret, role, "", "");
        var standing = caller is null ? KeyStanding.Unknown : Standing;
        if (standing != KeyStanding.Usable)
        {
            Interlocked.Increment(ref _refused);
        }

        return standing;
    }

    /// <summary>What a call ended with.</summary>
    public static async Task<StatusCode> StatusAsync(Func<Task> call)
    {
        try
        {
            await call();
            return StatusCode.OK;
        }
        catch (RpcException exception)
        {
            return exception.StatusCode;
        }
    }
}
