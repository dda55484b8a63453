using System.CommandLine;
using Platform.Cli.Commands;
using Platform.Cli.Output;

namespace Platform.Cli;

/// <summary>The command tree, and the one place where a failure becomes a message and an exit code.</summary>
internal static class Kt
{
    private const string TraceVariable = "KEEPTRUSTS_TRACE";

    public static async Task<int> RunAsync(string[] args, KtEnvironment environment, CancellationToken cancellationToken = default)
    {
        var parsed = Root(environment).Parse([.. args.SelectMany(Apart)]);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                environment.Error.WriteLine(CommandLineProblem.Describe(error.Message));
            }

            environment.Error.WriteLine("Run with --help to see what there is.");
            return ExitCodes.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { Output = environment.Out, Error = environment.Error, EnableDefaultExceptionHandler = false }, cancellationToken);
        }
        catch (KtError error)
        {
            environment.Error.WriteLine(PlainWords.Of(error.Message));
            return error.ExitCode;
        }
        catch (HttpRequestException exception)
        {
            environment.Error.WriteLine($"{exception.Message.TrimEnd('.')}. Is the platform running (./run), and are the addresses those of ./run --env? kt doctor looks closer.");
            return ExitCodes.Unavailable;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            environment.Error.WriteLine($"Reading or writing failed: {exception.Message}");
            return ExitCodes.Failed;
        }
        catch (OperationCanceledException)
        {
            environment.Error.WriteLine("Stopped before the end.");
            return ExitCodes.Failed;
        }
        catch (Exception exception)
        {
            environment.Error.WriteLine(
                $"kt itself failed: {PlainWords.Of(exception.Message.ReplaceLineEndings(" "))} This is a fault of kt: please report it with the command and what {TraceVariable}=1 adds.");
            if (environment.Variable(TraceVariable) is { Length: > 0 })
            {
                environment.Error.WriteLine(exception);
            }

            return ExitCodes.Fault;
        }
    }

    /// <summary>An option with nothing behind its equals sign has an empty text: the parser would take the next word for its value.</summary>
    private static string[] Apart(string arg) =>
        arg.StartsWith("--", StringComparison.Ordinal) && arg.IndexOf('=', StringComparison.Ordinal) == arg.Length - 1 ? [arg[..^1], ""] : [arg];

    internal static RootCommand Root(KtEnvironment environment) => new(
        "The command line of the Keeptrusts platform. Exit codes: 0 ok; 1 refused or different; 2 wrong command line, or still open (reconcile); " +
        "3 not authenticated or not allowed; 4 the API does not answer; 5 a fault of kt itself.")
    {
        InitCommand.Create(environment),
        ConfigCommand.Create(environment),
        AuthCommand.Create(environment),
        SpendCommand.Create(environment),
        UsageCommand.Create(environment),
        UsageCommand.CreateEvents(environment),
        DemandCommand.Create(environment),
        PeriodsCommand.Create(environment),
        WorkloadsCommand.Create(environment),
        WasteCommand.Create(environment),
        WalletsCommand.Create(environment),
        CapsCommand.Create(environment),
        BudgetsCommand.Create(environment),
        TeamsCommand.Create(environment),
        UsersCommand.Create(environment),
        ApplicationsCommand.Create(environment),
        AuditCommand.Create(environment),
        ExportJobsCommand.Create(environment),
        ForecastCommand.Create(environment),
        VarianceCommand.Create(environment),
        ReviewCommand.Create(environment),
        ImportCommand.Create(environment),
        ImportsCommand.Create(environment),
        BatchesCommand.Create(environment),
        PricesCommand.Create(environment),
        RoutesCommand.Create(environment),
        ProvidersCommand.Create(environment),
        ReconcileCommand.Create(environment),
        AlertsCommand.Create(environment),
        MessagesCommand.Create(environment),
        DemoCommand.Create(environment),
        DoctorCommand.Create(environment),
    };
}
