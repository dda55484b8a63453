namespace Platform.Contracts;

/// <summary>
/// How many decimal places people write of a currency: ISO 4217's minor unit. The exceptions from two stand here and nowhere else, those of currencies and of units of account
/// (ISO 4217, list one); what nobody knows has two.
/// </summary>
public static class MinorUnits
{
    private const int Usual = 2;

    /// <summary>0 to 4.</summary>
    /// <param name="currency">ISO 4217 code; empty: it is not known.</param>
    public static int Places(string currency) => currency switch
    {
        "BIF" or "CLP" or "DJF" or "GNF" or "ISK" or "JPY" or "KMF" or "KRW" or "PYG" or "RWF" or "UGX" or "UYI" or "VND" or "VUV" or "XAF" or "XOF" or "XPF" => 0,
        "BHD" or "IQD" or "JOD" or "KWD" or "LYD" or "OMR" or "TND" => 3,
        "CLF" or "UYW" => 4,
        _ => Usual,
    };

    /// <summary>One of the currency's smallest, in units of it: 0.01 of dollars, 1 of yen.</summary>
    public static decimal Smallest(string currency) => new(1, 0, 0, false, (byte)Places(currency));
}
