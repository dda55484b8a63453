using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Chat;
using Platform.ProviderSimulator.Embeddings;
using Platform.ProviderSimulator.Faults;
using Platform.ProviderSimulator.Messages;
using Platform.ProviderSimulator.Responses;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator;

/// <summary>
/// A provider that speaks as OpenAI, Azure and Anthropic do, with faults on demand and its own invoice. It shares no code with the platform, so that the
/// platform's figures can be checked against something that did not come from it.
/// </summary>
internal static class SimulatorApp
{
    /// <summary>
    /// Builds the application, not yet started. <c>Kestrel:Endpoints:http:Url</c> says where it listens; <c>Simulator:Directory</c>
    /// where the invoice is kept (empty: in memory, gone with the process).
    /// </summary>
    public static WebApplication Build(string[] args, TimeProvider time)
    {
        // The settings lie beside the program, whatever directory it is started from.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        // Nothing is buffered for a client: a flush returns once the socket has the bytes. So a stream cut after N tokens has really
        // delivered N tokens. (Two is the least that means this: half of it is where a waiting flush goes on, and zero means no limit.)
        builder.WebHost.UseSockets(sockets => sockets.MaxWriteBufferSize = 2);
        // A connection that was reset on purpose is no news.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton(_ => Invoice.Open(builder.Configuration["Simulator:Directory"]));
        builder.Services.AddSingleton<FaultPlan>();

        var app = builder.Build();
        var faults = app.Services.GetRequiredService<FaultPlan>();
        var invoice = app.Services.GetRequiredService<Invoice>();
        void MapModels(string route, Shape shape) => app.MapPost(route, (RequestDelegate)new ModelEndpoint(shape, time, invoice, faults).HandleAsync);

        MapModels("/v1/chat/completions", new ChatShape());
        MapModels("/v1/embeddings", new EmbeddingsShape());
        var responses = new ResponsesMemory();
        MapModels("/v1/responses", new ResponsesShape(responses));
        MapModels("/openai/v1/responses", new AzureResponsesShape(responses));
        MapModels("/v1/messages", new MessagesShape());
        app.MapPost("/v1/messages/count_tokens", (RequestDelegate)CountEndpoint.HandleAsync);
        MapModels("/openai/deployments/{deployment}/chat/completions", new AzureChatShape());
        MapModels("/openai/deployments/{deployment}/embeddings", new AzureEmbeddingsShape());
        app.MapGet("/v1/models", (RequestDelegate)ModelsEndpoint.HandleAsync);
        app.MapGet("/invoice", (RequestDelegate)(context => InvoiceEndpoint.HandleAsync(context, invoice)));
        app.MapGet("/v1/organization/costs", (RequestDelegate)(context => OrganizationPages.CostsAsync(context, invoice, time)));
        app.MapGet("/v1/organization/usage/completions", (RequestDelegate)(context => OrganizationPages.UsageAsync(context, invoice, time)));
        app.MapGet("/v1/organization/usage/embeddings", (RequestDelegate)(context => OrganizationPages.EmbeddingsAsync(context, invoice, time)));
        app.MapPost("/admin/faults", (RequestDelegate)(context => FaultEndpoint.SetAsync(context, faults)));
        app.MapDelete("/admin/faults", (RequestDelegate)(context => FaultEndpoint.ClearAsync(context, faults)));
        app.MapGet("/health", (RequestDelegate)(context => context.Response.WriteAsync("Healthy")));
        return app;
    }
}
