using Platform.Cli;
using Platform.Cli.Output;

// Before anything is done: what has had its effect, and cannot say so, would be done again.
if (!Stdout.IsOpen())
{
    Console.Error.WriteLine("kt's standard output is closed, so that it cannot answer; nothing was done. For a command's effect alone: >/dev/null");
    return ExitCodes.Failed;
}

// A pseudo terminal without a size says that it has no columns.
int? width = Console.IsOutputRedirected || Console.WindowWidth <= 0 ? null : Console.WindowWidth;
return await Kt.RunAsync(args, new KtEnvironment(Console.Out, Console.Error, TimeProvider.System, Environment.GetEnvironmentVariable, SecretPrompt.Read, width) { IsRead = Stdout.IsRead });
