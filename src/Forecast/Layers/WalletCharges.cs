using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Organisation;

namespace Platform.Forecast.Layers;

/// <summary>
/// What past days would have taken from the wallets that a team has today: a call is paid by its user's wallet in the team where there is one, else by its application's, else by the team's own.
/// So a wallet that was made yesterday has the past of those whose calls it pays for now.
/// </summary>
internal static class WalletCharges
{
    /// <param name="wallets">Of one team.</param>
    /// <param name="ofUsers">Of the users who have a wallet, by application.</param>
    /// <param name="ofApplications">Of the applications that have one, whoever the user was.</param>
    /// <returns>By wallet of a user or an application, by day; those that would have paid nothing are not there.</returns>
    public static Dictionary<string, Dictionary<DateOnly, long>> Of(IReadOnlyList<WalletView> wallets, IEnumerable<CallerDay> ofUsers, IEnumerable<CallerDay> ofApplications)
    {
        var users = wallets.Where(wallet => wallet.UserId.Length > 0).ToDictionary(wallet => wallet.UserId, wallet => wallet.WalletId, StringComparer.Ordinal);
        var applications = wallets.Where(wallet => wallet.ApplicationId.Length > 0).ToDictionary(wallet => wallet.ApplicationId, wallet => wallet.WalletId, StringComparer.Ordinal);
        var charged = new Dictionary<string, Dictionary<DateOnly, long>>(StringComparer.Ordinal);
        foreach (var day in ofApplications)
        {
            Add(applications[day.ApplicationId], day.Day, day.SpentNanos);
        }

        foreach (var day in ofUsers)
        {
            Add(users[day.UserId], day.Day, day.SpentNanos);
            if (applications.TryGetValue(day.ApplicationId, out var application))
            {
                Add(application, day.Day, -day.SpentNanos);
            }
        }

        return charged;

        void Add(string walletId, DateOnly day, long nanos)
        {
            var days = charged.TryGetValue(walletId, out var known) ? known : charged[walletId] = [];
            days[day] = days.GetValueOrDefault(day) + nanos;
        }
    }
}
