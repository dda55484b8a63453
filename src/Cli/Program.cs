using Platform.Cli;

return await Kt.RunAsync(args, new KtEnvironment(Console.Out, Console.Error, TimeProvider.System, Environment.GetEnvironmentVariable, Console.IsOutputRedirected));
