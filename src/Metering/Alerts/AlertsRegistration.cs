using Platform.Metering.Alerts.Channels;
using Platform.Metering.Alerts.Delivery;

namespace Platform.Metering.Alerts;

internal static class AlertsRegistration
{
    /// <summary>Alerts, where they are sent and the loops that send them.</summary>
    public static void AddAlerts(this IServiceCollection services)
    {
        services.AddSingleton<AlertTelemetry>();
        services.AddSingleton<AlertSignal>();
        services.AddSingleton<AlertStore>();
        services.AddSingleton<RaiseAlert>();
        services.AddSingleton<UnpricedAlerts>();
        services.AddSingleton<ListAlerts>();
        services.AddSingleton<AcknowledgeAlert>();
        services.AddSingleton<TestChannel>();
        services.AddSingleton<ChannelStore>();
        services.AddSingleton<ChannelCheck>();
        services.AddSingleton<ChangeChannel>();
        services.AddSingleton<AddressPolicy>();
        services.AddSingleton<HttpSender>();
        services.AddSingleton<MailSender>();
        services.AddSingleton<SendAlert>();
        services.AddSingleton<DeliveryStore>();
        services.AddSingleton<DeliveryQueryStore>();
        services.AddSingleton<DeliverDue>();
        services.AddSingleton<ReplayDelivery>();
        services.AddSingleton<WatchOutbox>();
        services.AddHostedService<DeliverAlerts>();
        services.AddHostedService(provider => provider.GetRequiredService<WatchOutbox>());
    }
}
