using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Shapes.Embeddings;
using Platform.Routing.Shapes.Messages;
using Platform.Routing.Shapes.Responses;
using Platform.ServiceDefaults;

namespace Platform.Routing.Scheduled;

internal static class ScheduledRegistration
{
    /// <summary>Work that waits for its lane's windows. After the gateway, whose calls it makes.</summary>
    public static void AddScheduled(this IServiceCollection services)
    {
        services.AddSettings<ScheduledOptions>(ScheduledOptions.Section);
        services.AddSingleton(provider => new ScheduledShapes(new Dictionary<string, WireShape>
        {
            ["/v1/chat/completions"] = provider.GetRequiredService<ChatShape>(),
            ["/v1/responses"] = provider.GetRequiredService<ResponsesShape>(),
            ["/v1/messages"] = provider.GetRequiredService<MessagesShape>(),
            ["/v1/embeddings"] = provider.GetRequiredService<EmbeddingsShape>(),
        }));
        services.AddSingleton<BatchStore>();
        services.AddSingleton(BatchStore.DeletedBatches);
        services.AddSingleton<ItemStore>();
        services.AddSingleton<SweepStore>();
        services.AddSingleton<UploadSlots>();
        services.AddSingleton<ResultSlots>();
        services.AddSingleton<SubmitBatch>();
        services.AddSingleton<BatchEndpoints>();
        services.AddSingleton<ItemRunner>();
        services.AddHostedService<RunScheduled>();
    }
}
