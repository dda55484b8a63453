using System.CommandLine;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt auth token create</c>.</summary>
internal static class CreateTokenCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var name = CommonOptions.Required("--name", "What the token is for.");
        var team = CommonOptions.Text("--team", "The team whose model calls it makes (role inference), or whose leases it holds (role lease_holder).");
        var user = CommonOptions.Text("--user", "Whose token it is; model calls are charged to the user's wallet in the team where there is one.");
        var application = CommonOptions.Text("--application", "The team's application whose token it is; charged to its wallet where there is one.");
        var workload = CommonOptions.Text("--workload", "Default workload of its calls: interactive, copilot, batch, evaluation or an own class.");
        var role = CommonOptions.Text("--role", "viewer, editor, billing_admin, admin, owner or lease_holder; inference where --team is given.");
        var holder = CommonOptions.Text("--holder", "For role lease_holder: the platform's name within its team; its leases and usage are holder/TEAM/HOLDER's.");
        var (models, lanes) = (AuthTokenCommand.Models(), AuthTokenCommand.Lanes());
        var expires = DateOption.Moment("--expires", "When it ends: a date or time; never when absent.");
        var limit = AmountOption.Optional("--monthly-limit", "A hard limit of its own a calendar month, for example 50.00; kt caps shows and changes it.");
        var currency = CurrencyOption.Create();
        var zone = CommonOptions.Text("--time-zone", "IANA name of the zone that the limit's calendar is read in (UTC).");
        var output = CommonOptions.Output();
        return new Command("create", "Make a token; its secret is printed once.").Does(
            async (parsed, cancellation) =>
            {
                if (parsed.GetValue(role) == "inference" && string.IsNullOrEmpty(parsed.GetValue(team)))
                {
                    throw new KtError(ExitCodes.Usage, "--role inference needs --team: a model call is charged to a team's wallet.");
                }

                if (parsed.GetValue(role) == "lease_holder" && (string.IsNullOrEmpty(parsed.GetValue(team)) || string.IsNullOrEmpty(parsed.GetValue(holder))))
                {
                    throw new KtError(ExitCodes.Usage, "--role lease_holder needs --team and --holder: it draws from the team's money in the holder's name.");
                }

                var end = TimeOption.Read(parsed, expires);
                using var api = environment.Connect();
                var inCurrency = parsed.GetValue(limit) is null ? "" : await CurrencyOption.ReadAsync(parsed, currency, api, cancellation);
                using var answer = await api.PostAsync(
                    "v1/keys",
                    body =>
                    {
                        body.WriteString("name", parsed.GetRequiredValue(name));
                        body.WriteOptional("team_id", parsed.GetValue(team));
                        body.WriteOptional("user_id", parsed.GetValue(user));
                        body.WriteOptional("application_id", parsed.GetValue(application));
                        body.WriteOptional("workload", parsed.GetValue(workload));
                        body.WriteOptional("role", parsed.GetValue(role));
                        body.WriteOptional("holder", parsed.GetValue(holder));
                        body.WriteOptional("expires_at", end);
                        if (parsed.GetValue(limit) is { } amount)
                        {
                            body.WriteAmount("monthly_limit", amount);
                            body.WriteString("currency", inCurrency);
                        }

                        body.WriteOptional("time_zone", parsed.GetValue(zone));
                        if (parsed.GetValue(models) is { Length: > 0 } allowedModels)
                        {
                            AuthTokenCommand.WriteNames(body, "allowed_models", allowedModels);
                        }

                        if (parsed.GetValue(lanes) is { Length: > 0 } allowedLanes)
                        {
                            AuthTokenCommand.WriteNames(body, "allowed_lanes", allowedLanes);
                        }
                    },
                    cancellation);
                AuthTokenCommand.PrintSecret(environment, parsed.GetValue(output), answer.RootElement, $"Made {answer.RootElement.Text("key_id")}.");
                await KnownNames.WarnAsync(environment, api, parsed.GetValue(models), parsed.GetValue(lanes), cancellation);
                return ExitCodes.Ok;
            },
            name, team, user, application, workload, role, holder, models, lanes, expires, limit, currency, zone, output);
    }
}
