using Grpc.Core;
using Platform.Contracts;

namespace Platform.Wallet.Identity;

/// <summary>What the audit log calls each change.</summary>
internal static class AuditActions
{
    public const string CreateApplication = "application.create";
    public const string UpdateApplication = "application.update";
    public const string ChangeCap = "cap.change";
    public const string RemoveCap = "cap.remove";
    public const string SetCap = "cap.set";
    public const string AllowKey = "key.allow";
    public const string CreateKey = "key.create";
    public const string FreezeKey = "key.freeze";
    public const string RevokeKey = "key.revoke";
    public const string RotateKey = "key.rotate";
    public const string UnfreezeKey = "key.unfreeze";
    public const string CreateOrganisation = "organisation.create";
    public const string CreateTeam = "team.create";
    public const string FreezeTeam = "team.freeze";
    public const string UnfreezeTeam = "team.unfreeze";
    public const string UpdateTeam = "team.update";
    public const string CreateUser = "user.create";
    public const string UpdateUser = "user.update";
    public const string CreateWallet = "wallet.create";
    public const string FreezeWallet = "wallet.freeze";
    public const string SetWalletPolicy = "wallet.policy";
    public const string UnfreezeWallet = "wallet.unfreeze";

    /// <summary>All of them, in the order of their names.</summary>
    public static readonly string[] All =
    [
        CreateApplication, UpdateApplication, ChangeCap, RemoveCap, SetCap, AllowKey, CreateKey, FreezeKey, RevokeKey, RotateKey, UnfreezeKey, CreateOrganisation, CreateTeam, FreezeTeam, UnfreezeTeam,
        UpdateTeam, CreateUser, UpdateUser, CreateWallet, FreezeWallet, SetWalletPolicy, UnfreezeWallet,
    ];

    /// <summary>Of a question that found nothing: a list without entries reads as if nobody had done what it asks for, also where the name was mistyped.</summary>
    /// <param name="asked">One of them, a prefix with its dot, or empty for all.</param>
    /// <exception cref="RpcException">INVALID_ARGUMENT.</exception>
    public static void RequireKnown(string asked)
    {
        if (asked.Length > 0 && !All.Any(action => asked.EndsWith('.') ? action.StartsWith(asked, StringComparison.Ordinal) : action == asked))
        {
            throw RpcErrors.InvalidArgument($"action '{Validation.Shown(asked)}' must be one of {string.Join(", ", All)}, or the beginning of some with its dot, such as key.");
        }
    }
}
