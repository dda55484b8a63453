using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt routes show|apply|history|diff|rollback|explain|limits|targets|shadow</c>: the routing policy.</summary>
internal static class RoutesCommand
{
    public static Command Create(KtEnvironment environment) => new("routes", "The routing policy: who is served by what.")
    {
        RoutesShowCommand.Create(environment),
        RoutesApplyCommand.Create(environment),
        RoutesHistoryCommand.Create(environment),
        RoutesDiffCommand.Create(environment),
        RoutesRollbackCommand.Create(environment),
        RoutesLimitsCommand.Create(environment),
        RoutesExplainCommand.Create(environment),
        RoutesTargetsCommand.Create(environment),
        RoutesShadowCommand.Create(environment),
    };

    /// <summary>What a change did or would do: its parts on stdout, what it has become on stderr.</summary>
    /// <param name="dryRun">Nothing was to be changed.</param>
    public static void Print(KtEnvironment environment, OutputFormat format, JsonElement answer, bool dryRun)
    {
        var printer = environment.Printer(format);
        var version = answer.GetProperty("version");
        printer.Show(answer, () => PrintChanges(printer, version));

        var number = version.Text("version");
        environment.Error.WriteLine(
            version.GetProperty("changes").GetArrayLength() == 0 ? $"Nothing to change: version {number}, which is in force, says the same."
            : dryRun ? $"Nothing has changed: this would become version {number}."
            : $"Version {number} is in force; every gateway serves by it within two seconds.");
        if (answer.TryGetProperty("warnings", out var warnings))
        {
            foreach (var warning in warnings.EnumerateArray())
            {
                environment.Error.WriteLine($"Warning: {warning.GetString()}");
            }
        }
    }

    /// <summary>One a line and never cut: details may be long.</summary>
    public static void PrintChanges(Printer printer, JsonElement changed)
    {
        var changes = changed.GetProperty("changes").EnumerateArray().ToList();
        var width = changes.Select(change => change.Text("name").Length).DefaultIfEmpty(0).Max();
        foreach (var change in changes)
        {
            printer.Line($"{change.Text("change"),-7}  {change.Text("kind"),-8}  {change.Text("name").PadRight(width)}  {change.Text("detail")}".TrimEnd());
        }
    }
}
