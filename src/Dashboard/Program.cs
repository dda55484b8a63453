using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.HttpOverrides;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Dashboard;
using Platform.Dashboard.Figures;
using Platform.Dashboard.SignIn;
using Platform.ServiceDefaults;
using Forecast = Platform.Contracts.Forecast.V1.Forecast;
using Wallet = Platform.Contracts.Wallet.V1.Wallet;

var builder = WebApplication.CreateBuilder(args);

// The files of wwwroot are found where the build left them, whatever the environment is called; a published app has them beside it.
builder.WebHost.UseStaticWebAssets();
builder.AddServiceDefaults();
builder.AddSession();
builder.Services.AddSessionClient<Identity.IdentityClient>("wallet");
builder.Services.AddSessionClient<Wallet.WalletClient>("wallet");
builder.Services.AddSessionClient<Controls.ControlsClient>("wallet");
builder.Services.AddSessionClient<Usage.UsageClient>("metering");
builder.Services.AddSessionClient<Demand.DemandClient>("metering");
builder.Services.AddSessionClient<Alerts.AlertsClient>("metering");
builder.Services.AddSessionClient<Budgets.BudgetsClient>("metering");
builder.Services.AddSessionClient<Forecast.ForecastClient>("forecast");
builder.Services.AddScoped<WalletReader>();
builder.Services.AddScoped<MeteringReader>();
builder.Services.AddScoped<AlertReader>();
builder.Services.AddScoped<BudgetReader>();
builder.Services.AddScoped<ForecastReader>();
builder.Services.AddSingleton<SharedReadings>();
builder.Services.AddScoped<PageRights>();
builder.Services.AddScoped<FigureFeed>();
builder.Services.AddRazorComponents().AddInteractiveServerComponents();
builder.Services.AddScoped<AuthenticationStateProvider, SessionState>();

var app = builder.Build();

// Behind a proxy that ends TLS a request is what it was for its browser, so that the session's cookie is Secure. Only a proxy on this machine is believed.
app.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedProto });
app.UseSecurityHeaders();
app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
app.UseAuthentication();
app.UseAuthorization();
app.UseAntiforgery();
app.MapDefaultEndpoints();
app.MapStaticAssets().AllowAnonymous();
app.MapSignOut();
app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
return await app.RunServiceAsync();
