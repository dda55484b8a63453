using Platform.Api;
using Platform.ServiceDefaults;

return await ApiApp.Build(args).RunServiceAsync();
