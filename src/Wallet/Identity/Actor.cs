using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Wallet.Identity;

/// <summary>Who makes a change, as the audit log names it, and what that allows.</summary>
internal sealed record Actor(string KeyId, Role Role)
{
    public static Actor Of(Caller caller) => new(caller.KeyId, caller.Role);
}
