using System.Diagnostics;

namespace Platform.IntegrationTests;

public sealed record CommandResult(int ExitCode, string Output, string Errors)
{
    public override string ToString() => $"exit {ExitCode}\n{Output}\n{Errors}";
}

/// <summary>Runs programs as a person at a shell would, with a bound on each.</summary>
public sealed class KtCommand(IReadOnlyDictionary<string, string> environment)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(3);

    public Task<CommandResult> RunAsync(CancellationToken cancellationToken, params string[] arguments) =>
        RunProgramAsync("dotnet", [Checkout.BuiltAssembly("Platform.Cli", "kt"), .. arguments], cancellationToken);

    /// <summary>Runs a script in bash as the README's reader would paste it, stopping at the first failure.</summary>
    public Task<CommandResult> RunScriptAsync(string script, CancellationToken cancellationToken) =>
        RunProgramAsync("bash", ["-eo", "pipefail", "-c", script], cancellationToken);

    private async Task<CommandResult> RunProgramAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Checkout.Root,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["PATH"] = $"{Checkout.Root}:{start.Environment["PATH"]}";
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(Path.GetTempPath(), $"kt-config-{System.Environment.ProcessId}");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken).WaitAsync(Timeout, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new CommandResult(process.ExitCode, await output, await errors);
    }
}
