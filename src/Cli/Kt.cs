using System.CommandLine;
using System.Net.Sockets;
using Platform.Cli.Commands;
using Platform.Cli.Output;

namespace Platform.Cli;

/// <summary>The command tree, and the one place where a failure becomes a message and an exit code.</summary>
internal static class Kt
{
    private const string TraceVariable = "KEEPTRUSTS_TRACE";

    public static async Task<int> RunAsync(string[] args, KtEnvironment environment, CancellationToken cancellationToken = default)
    {
        environment = environment with { Error = new PlainWriter(environment.Error) };

        OrganisationCurrency.Forget();

        // Who types the name alone asks what there is.
        var parsed = Root(environment).Parse(args.Length == 0 ? ["--help"] : [.. args.SelectMany(Apart)]);
        var (exitCode, failure) = await TryAsync(parsed, environment, cancellationToken);
        return failure is null ? exitCode : failure.Tell(environment.Error, Failure.IsJsonAsked(parsed, args));
    }

    /// <summary>The exit code of a command that has said all itself, or how it failed.</summary>
    private static async Task<(int ExitCode, Failure? Failure)> TryAsync(ParseResult parsed, KtEnvironment environment, CancellationToken cancellationToken)
    {
        if (CommandLineProblem.IsIn(parsed))
        {
            return Failed(ExitCodes.Usage, string.Join(Environment.NewLine, CommandLineProblem.Of(parsed)));
        }

        try
        {
            return (await parsed.InvokeAsync(
                new InvocationConfiguration { Output = environment.Out, Error = environment.Error, EnableDefaultExceptionHandler = false }, cancellationToken), null);
        }
        catch (KtError error)
        {
            return Failed(error.ExitCode, PlainWords.Of(error.Message), error.Reason);
        }
        catch (HttpRequestException exception)
        {
            return Failed(
                ExitCodes.Unavailable,
                $"{exception.Message.TrimEnd('.')}. Is the platform running (./run), and are the addresses those of ./run --env? kt doctor looks closer.");
        }
        catch (IOException exception) when (exception is HttpIOException or { InnerException: SocketException })
        {
            // Of an answer that is read as it comes; that it is not all must not be taken for a fault of the file or the pipe it goes to.
            return Failed(
                ExitCodes.Unavailable,
                $"The answer broke off: {exception.Message.TrimEnd('.')}. What came of it is not all. Is the platform still running? Run the command again; kt doctor looks closer.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Failed(ExitCodes.Failed, $"Reading or writing failed: {exception.Message}");
        }
        catch (OperationCanceledException)
        {
            return Failed(ExitCodes.Failed, "Stopped before the end.");
        }
        catch (Exception exception)
        {
            if (environment.Variable(TraceVariable) is { Length: > 0 })
            {
                environment.Error.WriteLine(exception);
            }

            return Failed(
                ExitCodes.Fault,
                $"kt itself failed: {PlainWords.Of(exception.Message.ReplaceLineEndings(" "))} This is a fault of kt: please report it with the command and what {TraceVariable}=1 adds.");
        }
    }

    private static (int ExitCode, Failure? Failure) Failed(int exitCode, string message, string? reason = null) => (exitCode, new Failure(exitCode, message, reason));

    /// <summary>An option with nothing behind its equals sign has an empty text: the parser would take the next word for its value.</summary>
    private static string[] Apart(string arg) =>
        arg.StartsWith("--", StringComparison.Ordinal) && arg.IndexOf('=', StringComparison.Ordinal) == arg.Length - 1 ? [arg[..^1], ""] : [arg];

    internal static RootCommand Root(KtEnvironment environment) => new RootCommand(
        "The command line of the Keeptrusts platform. Exit codes: 0 ok; 1 refused or different; 2 wrong command line, or still open (reconcile); " +
        "3 not authenticated or not allowed; 4 the API does not answer; 5 a fault of kt itself.")
    {
        InitCommand.Create(environment),
        ConfigCommand.Create(environment),
        AuthCommand.Create(environment),
        AuthTokenCommand.CreateKeys(environment),
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
    }.WithExamples();
}
