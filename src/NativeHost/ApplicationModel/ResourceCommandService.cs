using Platform.NativeHost.Engine;

namespace Aspire.Hosting.ApplicationModel;

public static class KnownResourceCommands
{
    public const string StartCommand = "resource-start";
    public const string StopCommand = "resource-stop";
    public const string RestartCommand = "resource-restart";
}

public sealed record ExecuteCommandResult(bool Success, string? ErrorMessage = null);

/// <summary>Starts and stops single resources of a running application.</summary>
public sealed class ResourceCommandService(IServiceProvider services)
{
    /// <summary>Returns when a stopped resource has ended, or when a started one has begun to start.</summary>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(
        string resourceId, string commandName, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var orchestrator = (Orchestrator)services.GetService(typeof(Orchestrator))!;
        if (orchestrator.FindRunner(resourceId) is not { } runner)
        {
            return new ExecuteCommandResult(false, $"There is no resource '{resourceId}' that runs as a process.");
        }

        switch (commandName)
        {
            case KnownResourceCommands.StartCommand:
                runner.Start();
                return new ExecuteCommandResult(true);
            case KnownResourceCommands.StopCommand:
                await runner.StopAsync();
                return new ExecuteCommandResult(true);
            case KnownResourceCommands.RestartCommand:
                await runner.StopAsync();
                runner.Start();
                return new ExecuteCommandResult(true);
            default:
                return new ExecuteCommandResult(false, $"Unknown command '{commandName}'.");
        }
    }
}
