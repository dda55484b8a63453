using Platform.ProviderSimulator;

await using var app = SimulatorApp.Build(args, TimeProvider.System);
await app.RunAsync();
