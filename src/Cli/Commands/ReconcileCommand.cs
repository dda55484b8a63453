using System.CommandLine;
namespace Platform.Cli.Commands;

internal static class ReconcileCommand
{
    public static Command Create(KtEnvironment environment) => new("reconcile");
}
