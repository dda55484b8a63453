using System.CommandLine;
using Platform.Cli.Api;

namespace Platform.Cli.Commands;

/// <summary><c>kt routes rollback VERSION</c>.</summary>
internal static class RoutesRollbackCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var version = new Argument<long>("version") { Description = "The version whose document comes into force again." };
        var description = CommonOptions.Text("--description", "Why.");
        var expected = RoutesApplyCommand.ExpectedVersion();
        var output = CommonOptions.Output();
        return new Command("rollback", "Puts an older document in force again, as a new version.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    "v1/routes/rollback",
                    body =>
                    {
                        body.WriteNumber("version", parsed.GetValue(version));
                        body.WriteOptional("description", parsed.GetValue(description));
                        RoutesApplyCommand.WriteExpected(body, parsed.GetValue(expected));
                    },
                    cancellation);
                RoutesCommand.Print(environment, parsed.GetValue(output), answer.RootElement, dryRun: false);
                return ExitCodes.Ok;
            },
            version, description, expected, output);
    }
}
