using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt routes show|apply|history|diff|rollback|limits|targets</c>: the routing policy.</summary>
internal static class RoutesCommand
{
    private static readonly string[] ChangeColumns = ["change", "what", "name", "detail"];

    public static Command Create(KtEnvironment environment) => new("routes", "The routing policy: who is served by what.")
    {
        RoutesShowCommand.Create(environment),
        RoutesApplyCommand.Create(environment),
        RoutesHistoryCommand.Create(environment),
        RoutesDiffCommand.Create(environment),
        RoutesRollbackCommand.Create(environment),
        RoutesLimitsCommand.Create(environment),
        RoutesTargetsCommand.Create(environment),
    };

    /// <summary>What a change did or would do: its parts on stdout, what it has become on stderr.</summary>
    /// <param name="dryRun">Nothing was to be changed.</param>
    public static void Print(KtEnvironment environment, OutputFormat format, JsonElement answer, bool dryRun)
    {
        var printer = environment.Printer(format);
        var version = answer.GetProperty("version");
        if (printer.IsJson)
        {
            printer.Json(answer);
        }
        else
        {
            PrintChanges(printer, version);
        }

        var number = version.Text("version");
        environment.Error.WriteLine(
            version.GetProperty("changes").GetArrayLength() == 0 ? $"Nothing to change: version {number}, which is in force, says the same."
            : dryRun ? $"Nothing has changed: this would become version {number}."
            : $"Version {number} is in force; every gateway serves by it within two seconds.");
    }

    public static void PrintChanges(Printer printer, JsonElement changed)
    {
        if (changed.GetProperty("changes").GetArrayLength() > 0)
        {
            printer.Table(
                ChangeColumns,
                changed.GetProperty("changes").EnumerateArray().Select(change => (IReadOnlyList<string>)[change.Text("change"), change.Text("kind"), change.Text("name"), change.Text("detail")]));
        }
    }
}
