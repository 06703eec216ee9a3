//! How the table of error kinds in `kind.rs` becomes a type.

/// One row per kind: doc, name, fields, code, class, Go's phrase, what was expected, what was found.
macro_rules! error_kinds {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? }
        $code:literal, $class:ident, $phrase:literal, $expected:literal, $found:literal;)*) => {
        /// Why a trace cannot be read: one variant per phrase of Go's reader.
        ///
        /// `Display` gives the phrase that Go uses and people search for.
        #[derive(Clone, PartialEq, Eq, Debug, Serialize)]
        #[serde(tag = "kind", rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* $name { $($(#[$field_doc])* $field: $type),* },)*
        }

        impl ErrorKind {
            /// All codes, in the order of the documentation.
            pub const CODES: &'static [&'static str] = &[$($code),*];

            /// The stable name of this kind, for messages, documentation and machines.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self { $(Self::$name { .. } => $code,)* }
            }

            /// What sort of fault this is.
            #[must_use]
            pub fn class(&self) -> ErrorClass {
                match self { $(Self::$name { .. } => ErrorClass::$class,)* }
            }

            /// What a readable trace would have had here.
            #[must_use]
            #[allow(unused_variables)]
            pub fn expected(&self) -> String {
                match self { $(Self::$name { $($field),* } => format!($expected),)* }
            }

            /// What the trace has.
            #[must_use]
            #[allow(unused_variables)]
            pub fn found(&self) -> String {
                match self { $(Self::$name { $($field),* } => format!($found),)* }
            }
        }

        impl fmt::Display for ErrorKind {
            #[allow(unused_variables)]
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(Self::$name { $($field),* } => write!(f, $phrase),)* }
            }
        }
    };
}
