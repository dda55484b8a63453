namespace Platform.Metering.Imports;

internal static class ImportsRegistration
{
    public static void AddImports(this IServiceCollection services)
    {
        services.AddSingleton<ImportStore>();
        services.AddSingleton<ImportRuleStore>();
        services.AddSingleton<ImportRecordStore>();
        services.AddSingleton<ImportOverlap>();
        services.AddSingleton<ImportRows>();
        services.AddSingleton<CreateImport>();
        services.AddSingleton<AddImportRows>();
        services.AddSingleton<FinishImport>();
        services.AddSingleton<ListImports>();
        services.AddSingleton<UndoSignal>();
        services.AddSingleton<UndoImport>();
        services.AddSingleton<UndoImports>();
        services.AddHostedService(provider => provider.GetRequiredService<UndoImports>());
        services.AddSingleton<ChangeImportRules>();
    }
}
