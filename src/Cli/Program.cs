using Platform.Cli;
using Platform.Cli.Output;

// A pseudo terminal without a size says that it has no columns.
int? width = Console.IsOutputRedirected || Console.WindowWidth <= 0 ? null : Console.WindowWidth;
return await Kt.RunAsync(args, new KtEnvironment(Console.Out, Console.Error, TimeProvider.System, Environment.GetEnvironmentVariable, SecretPrompt.Read, width) { IsRead = Stdout.IsRead });
