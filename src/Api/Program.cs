using Platform.Api;

ApiApp.Build(args).Run();
